import { describe, expect, it } from 'vitest';
import { imageGrid, isImage } from '../../../../node/images/grid.ts';
import { encodePng } from '../../../../node/images/png.ts';
import { readPng } from '../../../support/png.ts';

describe('PNG files', () => {
  it.each([
    [1, 3, 2],
    [3, 2, 4],
  ] as const)(
    'of %i channels, %i wide and %i high, are read back as they were',
    (channels, width, height) => {
      const pixels = Uint8Array.from({ length: channels * width * height }, (_, at) => (at * 37) % 256);
      const read = readPng(encodePng({ width, height, channels, pixels }));
      expect({ ...read, pixels: [...read.pixels] }).toEqual({ width, height, channels, pixels: [...pixels] });
    },
  );

  it('needs a byte for each pixel', () => {
    const picture = { width: 2, height: 2, channels: 1, pixels: new Uint8Array(3) } as const;
    expect(() => encodePng(picture)).toThrow('A picture of 2 x 2 has 4 bytes, here are 3.');
  });
});

describe('images side by side', () => {
  it('lie in a grid with a line between them, from black to white, what is outside cut off', () => {
    // 40 x 1 pixels each, so none is enlarged.
    const values = Float32Array.from({ length: 3 * 40 }, (_, at) => [-5, 0.5, 9][Math.floor(at / 40)]!);
    const { width, height, pixels } = imageGrid({ values, count: 3, shape: [1, 40, 1], range: [0, 1] });
    expect([width, height]).toEqual([5, 83]);
    const row = (y: number) => [...pixels.subarray(y * width, (y + 1) * width)];
    expect(row(0)).toEqual([128, 128, 128, 128, 128]);
    expect(row(1)).toEqual([128, 0, 128, 128, 128]);
    expect(row(42)).toEqual([128, 255, 128, 128, 128]);
  });

  it('keep their colours, and small ones are shown larger', () => {
    const values = Float32Array.from([1, 0, 0.5]);
    const grid = imageGrid({ values, count: 1, shape: [3, 1, 1], range: [0, 1] });
    expect([grid.width, grid.height, grid.channels]).toEqual([34, 34, 3]);
    const at = (34 + 1) * 3;
    expect([...grid.pixels.subarray(at, at + 3)]).toEqual([255, 0, 128]);
  });

  it('are of one channel or three', () => {
    expect(
      [
        [8, 8],
        [1, 8, 8],
        [3, 8, 8],
      ].map(isImage),
    ).toEqual([true, true, true]);
    expect([[8], [2, 8, 8], [1, 1, 8, 8]].map(isImage)).toEqual([false, false, false]);
  });
});
