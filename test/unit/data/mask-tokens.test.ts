import { describe, expect, it } from 'vitest';
import { maskTokens } from '../../../shared/data/mask-tokens.ts';

const MASK = 99;
const LENGTH = 64;
const masking = { share: 0.15, token: MASK, vocabulary: 100 };

/** Masks rows of the tokens 0 to 49; each row's tokens depend on its number only. */
function masked(examples: readonly number[], epoch = 0, seed = 3) {
  const tokens = Int32Array.from(
    { length: examples.length * LENGTH },
    (_, at) => (examples[Math.floor(at / LENGTH)]! * 7 + (at % LENGTH) * 13) % 50,
  );
  const [features, target] = [tokens.slice(), tokens.slice()];
  maskTokens(features, target, masking, { seed, epoch, examples });
  return { tokens, features, target };
}

const MANY = Array.from({ length: 600 }, (_, row) => row);

describe('hidden tokens', () => {
  it('are 15 of 100, of which 80 % are masked, 10 % replaced, 10 % kept; targets are what was there', () => {
    const { tokens, features, target } = masked(MANY);
    const counts = { chosen: 0, masked: 0, replaced: 0, kept: 0 };
    target.forEach((wanted, at) => {
      if (wanted === -1) {
        expect(features[at]).toBe(tokens[at]);
        return;
      }
      expect(wanted).toBe(tokens[at]);
      counts.chosen++;
      if (features[at] === MASK) counts.masked++;
      else if (features[at] === tokens[at]) counts.kept++;
      else counts.replaced++;
    });
    // 38,400 tokens: five standard deviations of 15 % are 350, of 80 % of 5,760 they are 152.
    expect(Math.abs(counts.chosen - 5760)).toBeLessThan(350);
    const share = (count: number) => count / counts.chosen;
    expect(Math.abs(share(counts.masked) - 0.8)).toBeLessThan(0.03);
    expect(Math.abs(share(counts.replaced) - 0.1)).toBeLessThan(0.025);
    expect(Math.abs(share(counts.kept) - 0.1)).toBeLessThan(0.025);
    expect([...features].every((token) => token >= 0 && token < 100)).toBe(true);
  });

  it('are the same however examples are split over batches', () => {
    const whole = masked([4, 17, 2, 900]);
    const parts = [masked([4, 17]), masked([2, 900])];
    expect([...whole.features]).toEqual(parts.flatMap(({ features }) => [...features]));
    expect([...whole.target]).toEqual(parts.flatMap(({ target }) => [...target]));
  });

  it('are others in another epoch and with another seed, and the same when asked again', () => {
    const first = masked([1, 2, 3]);
    expect(masked([1, 2, 3]).target).toEqual(first.target);
    expect(masked([1, 2, 3], 1).target).not.toEqual(first.target);
    expect(masked([1, 2, 3], 0, 4).target).not.toEqual(first.target);
  });
});
