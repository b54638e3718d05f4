import { describe, expect, it } from 'vitest';
import { addSection } from '../../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../../shared/parameters/codecs/section-parts.ts';
import type { Encoding } from '../../../shared/parameters/codecs/update-codec.ts';
import { makeLayout } from '../../../shared/parameters/layout.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { encodeWith } from '../../../worker/trainer/encode-update.ts';

const layout = makeLayout([
  { name: 'weight', dims: [40, 30], section: 'trainable', decay: true },
  { name: 'bias', dims: [30], section: 'trainable', decay: false },
]);
const memory = VectorMemory.create(4 * layout.length);
const [update, residual, arrived, sent] = [0, 1, 2, 3].map(() => memory.allocate(layout.length));
const WEIGHTS = { coded: 1, exact: 1, buffers: 1, trainable: layout.length };

/** How far what arrived is from what was meant after each round, as a share of one update. */
function errorsOf(encoding: Encoding, rounds: number, feedback = true): number[] {
  for (const vector of [residual!, arrived!, sent!]) memory.kernels.fill(vector, 0);
  const parts = sectionParts(layout, encoding.codec);
  const random = createRandom(9);
  return Array.from({ length: rounds }, (_, round) => {
    // Not the padding, which is no number of the update.
    for (let i = 0; i < 1230; i++) update!.view[i] = random.next() - 0.2;
    const norm = Math.sqrt(memory.kernels.sumOfSquares(update!));
    memory.kernels.add(sent!, update!);
    const encoded = encodeWith(
      update!,
      parts,
      { ...encoding, seed: round + 1 },
      feedback ? residual : undefined,
    );
    addSection(arrived!, parts, { codec: encoded.codec, bytes: [encoded.bytes] }, WEIGHTS);
    const difference = arrived!.view.map((value, i) => value - sent!.view[i]!);
    if (feedback) {
      // Nothing is lost: what has not arrived is in the residual.
      difference.forEach((value, i) => {
        expect(Math.abs(value + residual!.view[i]!)).toBeLessThan(1e-4);
      });
    }
    return Math.hypot(...difference) / norm;
  });
}

describe('error feedback', () => {
  it.each([
    [{ codec: 'top-k', share: 0.1, errorFeedback: true }, 6],
    [{ codec: 'random-k', share: 0.1, errorFeedback: true }, 15],
    [{ codec: 'sign', errorFeedback: true }, 4],
    [{ codec: 'int8', errorFeedback: true }, 0.02],
  ] as const)(
    '%o: over rounds all that was meant arrives but for a residual that stays bounded',
    (encoding, most) => {
      const errors = errorsOf(encoding, 60);
      for (const error of errors) expect(error).toBeLessThan(most);
    },
  );

  it('without it the error of top-k and sign grows with the rounds', () => {
    for (const encoding of [{ codec: 'top-k', share: 0.1 }, { codec: 'sign' }] as const) {
      const errors = errorsOf(encoding, 60, false);
      expect(errors[59]!).toBeGreaterThan(10);
    }
  });

  it('what is not finite travels as float32, and leaves nothing behind', () => {
    const parts = sectionParts(layout, 'sign');
    memory.kernels.fill(residual!, 0.5);
    memory.kernels.fill(update!, 1);
    update!.view[7] = Number.NaN;
    const { codec, bytes } = encodeWith(update!, parts, { codec: 'sign', errorFeedback: true }, residual);
    expect(codec).toBe('f32');
    expect(bytes.length).toBe(4 * layout.length);
    expect(residual!.view.every((value) => value === 0.5)).toBe(true);
  });
});
