/** Pixels row by row, RGBA, as a canvas has them. */
export interface Pixels {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, in pixels; its edges may lie between two. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What an image is to become: one example of the run's features. */
export interface ImageForm {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  /** The value of white; black is 0. */
  readonly white: number;
}

/** The image in a shape [height, width] or [1 or 3, height, width]; undefined for one that is none. */
export function imageForm(shape: readonly number[] | undefined, white: number): ImageForm | undefined {
  const [channels, height, width] = shape?.length === 2 ? [1, ...shape] : (shape ?? []);
  if (shape?.length !== 2 && shape?.length !== 3) return undefined;
  if ((channels !== 1 && channels !== 3) || height === undefined || width === undefined) return undefined;
  return { channels, height, width, white };
}

/** Grey by ITU-R BT.601, as common tools have it. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Resizes a part of a picture by averaging the area that falls on each pixel: nothing is skipped, however much smaller it
 * becomes. What lies outside of the picture, or is transparent, is black.
 *
 * @returns [channels, height, width], from 0 (black) to `white`
 */
export function resize(
  picture: Pixels,
  box: Box,
  { channels, height, width, white }: ImageForm,
): Float32Array {
  const out = new Float32Array(channels * height * width);
  const [stepX, stepY] = [box.width / width, box.height / height];
  const columns = Array.from({ length: width }, (_, x) => spans(box.left + x * stepX, stepX, picture.width));
  for (let y = 0; y < height; y++) {
    const rows = spans(box.top + y * stepY, stepY, picture.height);
    for (let x = 0; x < width; x++) {
      const sums = [0, 0, 0];
      for (const column of columns[x]!) {
        for (const row of rows) {
          const at = 4 * (row.index * picture.width + column.index);
          const weight = (column.share * row.share * picture.data[at + 3]!) / 255;
          for (let channel = 0; channel < 3; channel++)
            sums[channel]! += weight * picture.data[at + channel]!;
        }
      }
      const scale = white / 255 / (stepX * stepY);
      const pixel = y * width + x;
      if (channels === 1)
        out[pixel] = scale * LUMA.reduce((sum, share, index) => sum + share * sums[index]!, 0);
      else
        for (let channel = 0; channel < 3; channel++)
          out[channel * height * width + pixel] = scale * sums[channel]!;
    }
  }
  return out;
}

/** The pixels that [start, start + length) covers, and how much of each. */
function spans(start: number, length: number, limit: number): { index: number; share: number }[] {
  const covered = [];
  const end = Math.min(start + length, limit);
  for (let index = Math.max(0, Math.floor(start)); index < end; index++) {
    const share = Math.min(index + 1, end) - Math.max(index, start);
    if (share > 0) covered.push({ index, share });
  }
  return covered;
}

/** The whole of a picture, or the middle of it, in the proportions of the form. */
export function middle(picture: Pixels, form: ImageForm): Box {
  const scale = Math.min(picture.width / form.width, picture.height / form.height);
  const [width, height] = [form.width * scale, form.height * scale];
  return { left: (picture.width - width) / 2, top: (picture.height - height) / 2, width, height };
}

/** Sets of drawn characters leave a border of about a seventh, as MNIST does, unless they are as small as the digits of UCI. */
const BORDER = 1 / 7;
const SMALL = 16;

/**
 * The box that puts what is drawn into the middle, as large as fits: a digit in a corner is the same digit.
 *
 * @returns undefined when nothing is drawn
 */
export function around(picture: Pixels, form: ImageForm): Box | undefined {
  let [left, top, right, bottom] = [picture.width, picture.height, -1, -1];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const at = 4 * (y * picture.width + x);
      if (picture.data[at + 3]! < 128 || picture.data[at]! < 64) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) return undefined;
  const border = form.height > SMALL ? BORDER : 0;
  const inked = { width: right - left + 1, height: bottom - top + 1 };
  const scale = Math.max(inked.width / form.width, inked.height / form.height) / (1 - 2 * border);
  const [width, height] = [form.width * scale, form.height * scale];
  return {
    left: left + (inked.width - width) / 2,
    top: top + (inked.height - height) / 2,
    width,
    height,
  };
}
