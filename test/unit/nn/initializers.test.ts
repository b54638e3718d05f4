import { describe, expect, it } from 'vitest';
import { type InitializerName, initialValue } from '../../../shared/nn/initializers/initializers.ts';

const fans = { fanIn: 50, fanOut: 30 };

function values(initializer: InitializerName, name = 'dense1.weight', seed = 1): Float32Array {
  return initialValue(initializer, [30, 50], fans, { seed, name }).data as Float32Array;
}

describe('initial values', () => {
  it.each([
    ['fan-in-uniform', 1 / Math.sqrt(50)],
    ['he-uniform', Math.sqrt(6 / 50)],
    ['glorot-uniform', Math.sqrt(6 / 80)],
  ] as const)('%s fills [-bound, bound) evenly', (initializer, bound) => {
    const drawn = values(initializer);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const square = drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length;
    expect(Math.max(...drawn)).toBeLessThanOrEqual(bound);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(-bound);
    expect(Math.abs(mean)).toBeLessThan(0.1 * bound);
    expect(square).toBeCloseTo((bound * bound) / 3, 2);
  });

  it('are constant where that is asked for', () => {
    expect(new Set(values('zeros'))).toEqual(new Set([0]));
    expect(new Set(values('ones'))).toEqual(new Set([1]));
  });

  it('depend on seed and name only', () => {
    expect(values('he-uniform')).toEqual(values('he-uniform'));
    expect(values('he-uniform', 'dense2.weight')).not.toEqual(values('he-uniform'));
    expect(values('he-uniform', 'dense1.weight', 2)).not.toEqual(values('he-uniform'));
  });
});
