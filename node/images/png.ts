import { crc32, deflateSync } from 'node:zlib';

/** Rows of bytes: one for each pixel, or three (red, green, blue). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A picture as a PNG file of 8 bits a channel (ISO/IEC 15948, "Portable Network Graphics"), rows unfiltered. */
export function encodePng({ width, height, channels, pixels }: Picture): Buffer {
  const row = width * channels;
  if (pixels.length !== row * height) {
    throw new RangeError(
      `A picture of ${width} x ${height} has ${row * height} bytes, here are ${pixels.length}.`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Bit depth; colour type 0 is greyscale, 2 is RGB.
  header.set([8, channels === 1 ? 0 : 2], 8);
  const lines = Buffer.alloc((row + 1) * height);
  // The first byte of each line names its filter: 0, none.
  for (let y = 0; y < height; y++) lines.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
