import { describe, expect, it } from 'vitest';
import {
  addSection,
  encodeSection,
  sectionFault,
  sectionSize,
} from '../../../../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../../../../shared/parameters/codecs/section-parts.ts';
import { UPDATE_CODEC_NAMES } from '../../../../../shared/parameters/codecs/table.ts';
import { encode } from '../../../../../shared/parameters/codecs.ts';
import { makeLayout } from '../../../../../shared/parameters/layout.ts';
import { VectorMemory } from '../../../../../shared/parameters/memory.ts';
import { createRandom } from '../../../../../shared/parameters/random.ts';
import { CODECS, DENSE_CODECS } from '../../../../../shared/protocol/words.ts';

const statistic = { kind: 'mean', partner: 'variance', momentum: 0.1 } as const;
/** Two weights, their biases, a small kernel, statistics; no length a multiple of four. */
const layout = makeLayout([
  { name: 'first', dims: [33, 19], section: 'trainable', decay: true },
  { name: 'first.bias', dims: [333], section: 'trainable', decay: false },
  { name: 'kernel', dims: [5, 3], section: 'trainable', decay: true },
  { name: 'head', dims: [301, 3], section: 'trainable', decay: true },
  { name: 'mean', dims: [9], section: 'buffers', decay: false, statistic },
]);
const entry = (name: string) => layout.entries.find((one) => one.name === name)!;

const memory = VectorMemory.create(3 * layout.length);
const vector = memory.allocate(layout.length);
const acc = memory.allocate(layout.length);
const random = createRandom(1);
for (const { offset, length } of layout.entries) {
  for (let i = offset; i < offset + length; i++) vector.view[i] = random.next() - 0.5;
}
const WEIGHTS = { coded: 2, exact: 2, buffers: 3, trainable: layout.trainable };

it('every encoding has a number on the wire', () => {
  expect([...CODECS].sort()).toEqual([...UPDATE_CODEC_NAMES].sort());
  expect(CODECS.slice(0, DENSE_CODECS.length)).toEqual(DENSE_CODECS);
});

describe('a section', () => {
  it('takes a dense encoding as a whole, the very bytes of the vector', () => {
    for (const codec of ['f32', 'f16', 'bf16'] as const) {
      const parts = sectionParts(layout, codec);
      const bytes = encodeSection(vector, parts, { codec });
      expect(bytes).toEqual(encode(vector, codec));
      expect(sectionSize(parts, codec)).toBe(bytes.length);
    }
  });

  it.each(UPDATE_CODEC_NAMES)(
    'as %s keeps biases, small tensors and statistics to themselves, with their weights',
    (codec) => {
      const parts = sectionParts(layout, codec);
      const bytes = encodeSection(vector, parts, { codec, share: 0.1, seed: 3 });
      expect(bytes.length).toBe(sectionSize(parts, codec, 0.1));
      const section = { codec, bytes: [bytes.subarray(0, 901), bytes.subarray(901)] };
      expect(sectionFault(acc, parts, section, 0.1)).toBeUndefined();
      memory.kernels.fill(acc, 0);
      addSection(acc, parts, section, WEIGHTS);
      const tolerance = codec === 'f16' ? 1e-3 : codec === 'bf16' ? 1e-2 : 1e-6;
      for (const [name, weight] of [
        ['first.bias', 2],
        ['kernel', 2],
        ['mean', 3],
      ] as const) {
        const { offset, length } = entry(name);
        for (let i = offset; i < offset + length; i++) {
          expect(Math.abs(acc.view[i]! - weight * vector.view[i]!)).toBeLessThan(tolerance);
        }
      }
      const { offset, length } = entry('head');
      expect(acc.view.subarray(offset, offset + length).some((value) => value !== 0)).toBe(true);
    },
  );

  it('leaves out what stays with the member', () => {
    const all = sectionSize(sectionParts(layout, 'int8'), 'int8');
    const parts = sectionParts(layout, 'int8', ['head', '*.bias']);
    expect(all - sectionSize(parts, 'int8')).toBe(903 + 4 * 4 + 4 * 333);
    memory.kernels.fill(acc, 7);
    addSection(
      acc,
      parts,
      { codec: 'int8', bytes: [encodeSection(vector, parts, { codec: 'int8' })] },
      WEIGHTS,
    );
    const { offset, length } = entry('head');
    expect(acc.view.subarray(offset, offset + length).every((value) => value === 7)).toBe(true);
  });

  it.each(UPDATE_CODEC_NAMES)(
    'as %s is refused with a byte too many or too few, or NaN in its last number',
    (codec) => {
      const parts = sectionParts(layout, codec);
      const bytes = encodeSection(vector, parts, { codec, share: 0.1 });
      for (const wrong of [bytes.subarray(1), new Uint8Array(bytes.length + 1), new Uint8Array(0)]) {
        const fault = sectionFault(acc, parts, { codec, bytes: [wrong] }, 0.1);
        expect(fault?.message).toBe(`has ${wrong.length} bytes: as ${codec} it takes ${bytes.length}`);
      }
      bytes.fill(0xff, -4);
      expect(sectionFault(acc, parts, { codec, bytes: [bytes] }, 0.1)?.nonFinite).toBe(true);
    },
  );
});
