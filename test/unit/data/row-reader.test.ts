import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DatasetManifest, rowBytesOf } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';

/** A dataset of `rows` rows of `width` features where every value tells its place; blocks start at odd addresses when `shift` is. */
function dataset(rows: number, width: number, blockRows: number, type: 'uint8' | 'float32', shift: number) {
  const rowBytes = rowBytesOf(width, type);
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < rows; start += blockRows) {
    const count = Math.min(blockRows, rows - start);
    const block = new Uint8Array(count * rowBytes);
    const view = new DataView(block.buffer);
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < width; column++) {
        const value = ((start + row) * 7 + column) % 256;
        if (type === 'uint8') block[row * rowBytes + column] = value;
        else view.setFloat32(row * rowBytes + column * 4, value / 2, true);
      }
      view.setInt32((row + 1) * rowBytes - 4, start + row, true);
    }
    const shifted = new Uint8Array(block.length + shift);
    shifted.set(block, shift);
    blocks.push(shifted.subarray(shift));
  }
  const manifest = {
    rows,
    features: { names: [], count: width, type },
    target: { name: 't', kind: 'class', type: 'int32', classes: [] },
    rowBytes,
    blockRows,
    blocks: blocks.map(({ length }) => ({ hash: '', bytes: length })),
    test: { rows: 0 },
  } as unknown as DatasetManifest;
  return { manifest, blocks };
}

test('gathers any rows from any blocks, aligned in memory or not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom('uint8' as const, 'float32' as const),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (rows, width, blockRows, type, shift, picks) => {
        const { manifest, blocks } = dataset(rows, width, blockRows, type, shift);
        const reader = new RowReader(manifest, (index) => blocks[index]!);
        const wanted = picks.map((pick) => pick % rows);
        const features = new Float32Array(wanted.length * width);
        const target = new Int32Array(wanted.length);
        const numbers = new Float32Array(wanted.length);
        reader.gather(wanted, features, target);
        reader.gather(wanted, features, numbers);
        for (const [at, row] of wanted.entries()) {
          expect(target[at]).toBe(row);
          expect(numbers[at]).toBe(row);
          for (let column = 0; column < width; column++) {
            const value = (row * 7 + column) % 256;
            expect(features[at * width + column]).toBe(type === 'uint8' ? value : value / 2);
          }
        }
      },
    ),
  );
});

test('refuses rows that do not exist, memory that is too small, and blocks of another size', () => {
  const { manifest, blocks } = dataset(5, 2, 2, 'float32', 0);
  const reader = new RowReader(manifest, (index) => blocks[index]!);
  const target = new Float32Array(1);
  expect(() => reader.gather([5], new Float32Array(2), target)).toThrow('Row 5 of a dataset of 5 rows');
  expect(() => reader.gather([0], new Float32Array(1), target)).toThrow(/do not fit/);
  const other = new RowReader(manifest, () => new Uint8Array(4));
  expect(() => other.gather([0], new Float32Array(2), target)).toThrow(/Block 0 has 4 bytes/);
});
