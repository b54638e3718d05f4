import fc from 'fast-check';
import { expect, it } from 'vitest';
import { around, imageForm, middle, type Pixels, resize } from '../../../../../shared/data/images/resize.ts';

/** A picture from rows of brightness, 0 to 255. */
function picture(rows: readonly (readonly number[])[]): Pixels {
  const data = rows.flat().flatMap((value) => [value, value, value, 255]);
  return { data, width: rows[0]!.length, height: rows.length };
}

it('knows which shapes are images', () => {
  expect(imageForm([1, 8, 6], 16)).toEqual({ channels: 1, height: 8, width: 6, white: 16 });
  expect(imageForm([28, 28], 1)).toEqual({ channels: 1, height: 28, width: 28, white: 1 });
  expect(imageForm([3, 4, 4], 255)?.channels).toBe(3);
  for (const shape of [undefined, [64], [2, 8, 8], [1, 1, 8, 8]]) expect(imageForm(shape, 1)).toBeUndefined();
});

it('averages the area that falls on a pixel', () => {
  const form = { channels: 1, height: 1, width: 2, white: 16 } as const;
  const source = picture([
    [0, 255, 255, 255],
    [0, 0, 255, 255],
  ]);
  expect(
    [...resize(source, middle(source, form), form)].map((value) => Math.round(value * 100) / 100),
  ).toEqual([4, 16]);
});

it('keeps the mean brightness, whatever the sizes', () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(size, size, size, size, fc.infiniteStream(fc.nat(255)), (w, h, width, height, values) => {
      const rows = Array.from({ length: h }, () => Array.from({ length: w }, () => values.next().value!));
      const source = picture(rows);
      const whole = { left: 0, top: 0, width: w, height: h };
      const small = resize(source, whole, { channels: 1, height, width, white: 255 });
      const mean = rows.flat().reduce((sum, value) => sum + value, 0) / (w * h);
      expect(small.reduce((sum, value) => sum + value, 0) / small.length).toBeCloseTo(mean, 3);
    }),
  );
});

it('has colours as planes', () => {
  const form = { channels: 3, height: 1, width: 1, white: 1 } as const;
  const red = { data: [255, 0, 51, 255], width: 1, height: 1 };
  const values = [...resize(red, middle(red, form), form)];
  expect(values.map((value) => Math.round(value * 10) / 10)).toEqual([1, 0, 0.2]);
});

it('puts what is drawn in a corner into the middle, as large as fits', () => {
  const blank = Array.from({ length: 40 }, () => Array.from({ length: 40 }, () => 0));
  const drawn = blank.map((row, y) => row.map((_, x) => (y >= 2 && y < 18 && x >= 2 && x < 6 ? 255 : 0)));
  const form = { channels: 1, height: 8, width: 8, white: 16 } as const;
  expect(around(picture(blank), form)).toBeUndefined();
  const box = around(picture(drawn), form)!;
  const values = resize(picture(drawn), box, form);
  for (let y = 0; y < 8; y++) {
    expect([...values.slice(8 * y, 8 * y + 8)].map(Math.round)).toEqual([0, 0, 0, 16, 16, 0, 0, 0]);
  }
});
