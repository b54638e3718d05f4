import { describe, expect, it } from 'vitest';
import { encodingFor, encodingSeed, misfitOf } from '../../../coordinator/encodings.ts';
import { UPDATE_CODEC_NAMES } from '../../../shared/parameters/codecs/table.ts';

const wire = { down: 'f16', up: { codec: 'top-k', share: 0.01, errorFeedback: true } } as const;

describe('negotiation', () => {
  it('asks a member that can for the job’s encoding', () => {
    expect(encodingFor(wire, UPDATE_CODEC_NAMES)).toEqual(wire.up);
  });

  it('asks another for the nearest dense one that it can do', () => {
    expect(encodingFor(wire, ['f32', 'f16'])).toEqual({ codec: 'f16' });
    expect(encodingFor({ down: 'f32', up: { codec: 'int8' } }, ['f32', 'sign'])).toEqual({ codec: 'f32' });
    expect(encodingFor({ down: 'f32', up: { codec: 'bf16' } }, ['f32', 'f16'])).toEqual({ codec: 'f32' });
    expect(encodingFor({ down: 'f16', up: { codec: 'f32' } }, ['f16'])).toEqual({ codec: 'f16' });
  });

  it('refuses who cannot decode the weights, and says what it would need', () => {
    expect(misfitOf(wire, ['f32', 'f16'])).toBeUndefined();
    expect(misfitOf(wire, ['f32', 'top-k'])).toMatch(
      /travel as f16, which this member cannot decode \(it can: f32, top-k\)/,
    );
    expect(misfitOf(wire, [])).toMatch(/none that is known here/);
  });

  it('draws a seed for each assignment, the same in every life of the run', () => {
    const seeds = Array.from({ length: 20 }, (_, i) =>
      encodingSeed(7, { round: i >> 2, order: 64 * (i & 3) }),
    );
    expect(new Set(seeds).size).toBe(20);
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
    expect(encodingSeed(7, { round: 1, order: 64 })).toBe(seeds[5]);
    expect(encodingSeed(8, { round: 1, order: 64 })).not.toBe(seeds[5]);
  });
});
