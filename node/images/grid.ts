import type { Picture } from './png.ts';

/** Images one behind the other, each [channels, height, width], or [height, width]. */
export interface Images {
  readonly values: Float32Array;
  readonly count: number;
  readonly shape: readonly number[];
  /** Values that are black and white. */
  readonly range: readonly [number, number];
}

const BORDER = 1;
/** Small images are shown larger: at least so many pixels high. */
const TILE = 32;

/** Whether an example of this shape can be drawn: one channel, or three colours. */
export function isImage(shape: readonly number[]): boolean {
  return shape.length === 2 || (shape.length === 3 && (shape[0] === 1 || shape[0] === 3));
}

/** Images side by side, as near to a square as their number allows, each pixel a square. */
export function imageGrid({ values, count, shape, range: [low, high] }: Images): Picture {
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  if (!isImage(shape) || channels === undefined || height === undefined || width === undefined)
    throw new RangeError(`[${shape.join(', ')}] is no image of one or three channels.`);
  const scale = Math.max(1, Math.floor(TILE / height));
  const columns = Math.ceil(Math.sqrt(count));
  const [tileWidth, tileHeight] = [width * scale + BORDER, height * scale + BORDER];
  const full = [columns * tileWidth + BORDER, Math.ceil(count / columns) * tileHeight + BORDER] as const;
  const pixels = new Uint8Array(full[0] * full[1] * channels).fill(128);
  const spread = high > low ? high - low : 1;
  for (let index = 0; index < count; index++) {
    const left = (index % columns) * tileWidth + BORDER;
    const top = Math.floor(index / columns) * tileHeight + BORDER;
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        for (let channel = 0; channel < channels; channel++) {
          const row = (index * channels + channel) * height + Math.floor(y / scale);
          const value = values[row * width + Math.floor(x / scale)]!;
          const shade = Math.round((255 * (value - low)) / spread);
          const at = ((top + y) * full[0] + left + x) * channels + channel;
          pixels[at] = Math.min(255, Math.max(0, shade));
        }
      }
    }
  }
  return { width: full[0], height: full[1], channels: channels as 1 | 3, pixels };
}
