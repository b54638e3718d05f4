import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeImage } from '../../../../node/images/decode-image.ts';
import { imageSize } from '../../../../node/images/image-size.ts';
import { encodePng } from '../../../../node/images/png.ts';
import { temporaryFolder } from '../../../support/digits.ts';
import { plainJpeg, plainPng } from '../../../support/images.ts';

let file: string;
beforeEach(() => {
  file = join(temporaryFolder(), 'image');
});
const decoded = (bytes: Uint8Array) => {
  writeFileSync(file, bytes);
  return decodeImage(file);
};

/** A PNG made by hand: a header for so many grey pixels, twice where another is given, and so many bytes of rows. */
function crafted(
  side: number,
  rows: number,
  { interlaced = 0, second }: { readonly interlaced?: number; readonly second?: number } = {},
): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    const body = Buffer.concat([Buffer.from(type), data]);
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = (size: number): Buffer => {
    const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, interlaced]);
    data.writeUInt32BE(size, 0);
    data.writeUInt32BE(size, 4);
    return chunk('IHDR', data);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    header(side),
    ...(second === undefined ? [] : [header(second)]),
    chunk('IDAT', deflateSync(Buffer.alloc(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('an image file', () => {
  it('says its size in its first bytes', () => {
    expect(imageSize(plainPng(7, 5, [1, 2, 3]))).toEqual({ kind: 'png', width: 7, height: 5 });
    expect(imageSize(plainJpeg(17, 9, [1, 2, 3]))).toEqual({ kind: 'jpeg', width: 17, height: 9 });
    expect(imageSize(Buffer.from('GIF89a'))).toBeUndefined();
    expect(imageSize(new Uint8Array())).toBeUndefined();
  });

  it('is decoded to red, green, blue and opacity: PNG exactly, JPEG nearly', async () => {
    const png = await decoded(plainPng(7, 5, [10, 200, 30]));
    expect([png.width, png.height, png.data.length]).toEqual([7, 5, 140]);
    expect(Array.from(png.data).slice(0, 8)).toEqual([10, 200, 30, 255, 10, 200, 30, 255]);
    const jpeg = await decoded(plainJpeg(16, 8, [10, 200, 30]));
    expect([jpeg.width, jpeg.height, jpeg.data.length]).toEqual([16, 8, 512]);
    for (const [channel, value] of [10, 200, 30, 255].entries()) {
      expect(Math.abs(jpeg.data[channel]! - value)).toBeLessThan(6);
    }
  });

  it('of grey, of a palette or of 16 bits is the same colours', async () => {
    const grey = await decoded(
      encodePng({ width: 2, height: 1, channels: 1, pixels: Uint8Array.of(0, 180) }),
    );
    expect(Array.from(grey.data)).toEqual([0, 0, 0, 255, 180, 180, 180, 255]);
    const deep = new PNG({ width: 1, height: 1, bitDepth: 16 });
    deep.data = Buffer.from(Uint16Array.of(0x8000, 0xffff, 0, 0xffff).buffer);
    const bytes = PNG.sync.write(deep, { bitDepth: 16, inputHasAlpha: true });
    const [red, green, blue] = Array.from((await decoded(bytes)).data);
    expect([green, blue]).toEqual([255, 0]);
    expect(Math.abs(red! - 128)).toBeLessThan(2);
  });

  it.each([
    ['a PNG', plainPng(8, 8, [1, 2, 3]).subarray(0, 50)],
    ['a PNG with a byte changed', plainPng(8, 8, [1, 2, 3]).fill(0x55, 45, 46)],
    ['a JPEG', plainJpeg(64, 64, [1, 200, 3]).subarray(0, 300)],
    ['a header', plainPng(8, 8, [1, 2, 3]).subarray(0, 12)],
    ['a JPEG header', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
  ])('that is damaged is named: %s', async (_, bytes) => {
    await expect(decoded(bytes)).rejects.toMatchObject({
      name: 'DataError',
      file,
      message: /^The image is damaged: /,
    });
  });

  it('that claims more pixels than a photograph has is not decoded', async () => {
    const png = plainPng(8, 8, [1, 2, 3]);
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    await expect(decoded(png)).rejects.toMatchObject({
      file,
      message: 'The image is 60000 x 60000 pixels: more than 25 million.',
    });
    const jpeg = plainJpeg(16, 16, [1, 2, 3]);
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65_000, frame + 5);
    jpeg.writeUInt16BE(65_000, frame + 7);
    await expect(decoded(jpeg)).rejects.toThrow('The image is 65000 x 65000 pixels: more than 25 million.');
  });

  it('made by hand has all of its pixels, interlaced or not', async () => {
    expect((await decoded(crafted(4, 20))).data).toHaveLength(64);
    // Adam7, of 4 by 4: passes of 1x1, 1x1, 2x1, 2x2 and 4x2, each row with its filter.
    expect((await decoded(crafted(4, 23, { interlaced: 1 }))).data).toHaveLength(64);
  });

  it.each([
    ['without all of its pixels', crafted(4, 5), /15 of 20 bytes of pixels are missing/],
    ['interlaced without all of its pixels', crafted(4, 22, { interlaced: 1 }), /1 of 23 bytes/],
    ['with a second header', crafted(4, 20, { second: 12_000 }), /several headers/],
    ['that inflates to more than its size', crafted(1, 100_000_000, { interlaced: 1 }), /damaged/],
  ])('%s is damaged, and takes no memory', async (_, bytes, message) => {
    expect(bytes.length).toBeLessThan(100_000);
    await expect(decoded(bytes)).rejects.toThrow(message);
  });

  it('of another kind, or none, is refused', async () => {
    await expect(decoded(Buffer.from('GIF89a…'))).rejects.toMatchObject({
      file,
      message: 'The file is neither a PNG nor a JPEG image.',
      hint: /PNG or JPEG/,
    });
    await expect(decodeImage(`${file}-none`)).rejects.toThrow(/^The image cannot be read: ENOENT/);
  });
});
