import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import type { Pixels } from '../../shared/data/images/resize.ts';
import type { ImageSize } from './image-size.ts';

/** Numbers of a pixel by colour type: grey, colours, palette, grey with opacity, colours with opacity. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** First column and row of each pass of an interlaced image, and the steps to the next ones (Adam7). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** What writers put behind the last row, at most. */
const SLACK = 64 << 10;

/**
 * Decodes a PNG whose size was found good. pngjs takes the last of several headers, inflates interlaced images without a bound, and
 * leaves what is missing as it finds it in memory: headers and the length of the pixels (ISO/IEC 15948, 7.2 and 8.2) are checked first.
 * So pixels are inflated twice, which is a third of the time for a photo: pngjs takes none that are inflated already.
 *
 * @throws Error which says what is wrong
 */
export function decodePng(bytes: Buffer, size: ImageSize): Pixels {
  if (chunksOf(bytes, 'IHDR').length !== 1) throw new Error('it has several headers, or none');
  const most = lengthOf(bytes, size);
  const { length } = inflateSync(Buffer.concat(chunksOf(bytes, 'IDAT')), { maxOutputLength: most + SLACK });
  if (length < most) throw new Error(`${most - length} of ${most} bytes of pixels are missing`);
  return PNG.sync.read(bytes);
}

/** Bytes of all rows, each after the number of its filter. */
function lengthOf(bytes: Buffer, { width, height }: ImageSize): number {
  const bits = bytes[24]! * (CHANNELS[bytes[25]!] ?? 4);
  const rows = (columns: number, count: number): number =>
    columns > 0 && count > 0 ? count * (1 + Math.ceil((columns * bits) / 8)) : 0;
  const isInterlaced = bytes[28] === 1;
  if (!isInterlaced) return rows(width, height);
  return PASSES.reduce(
    (sum, [x, y, dx, dy]) => sum + rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
}

function chunksOf(bytes: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const start = at + 8;
    if (bytes.toString('latin1', at + 4, start) === type) {
      found.push(bytes.subarray(start, start + bytes.readUInt32BE(at)));
    }
  }
  return found;
}
