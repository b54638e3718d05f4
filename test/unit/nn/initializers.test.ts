import { describe, expect, it } from 'vitest';
import { type Initializer, initialValue, scaled } from '../../../shared/nn/initializers/initializers.ts';
import { StoredTensor } from '../../../shared/onnx/stored-tensor.ts';

const fans = { fanIn: 50, fanOut: 30 };

function values(initializer: Initializer, name = 'dense1.weight', seed = 1): Float32Array {
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

  it.each([
    ['he-normal', Math.sqrt(2 / 50)],
    ['glorot-normal', Math.sqrt(2 / 80)],
    ['lecun-normal', 1 / Math.sqrt(50)],
    [{ normal: 0.02 }, 0.02],
  ] as const)('%j have the spread of a normal distribution', (initializer, deviation) => {
    const drawn = values(initializer);
    const moment = (power: number) =>
      drawn.reduce((sum, value) => sum + (value / deviation) ** power, 0) / drawn.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.08);
    expect(moment(2)).toBeGreaterThan(0.9);
    expect(moment(2)).toBeLessThan(1.1);
    // Of N(0, 1): 3. Of a uniform distribution: 1.8.
    expect(moment(4)).toBeGreaterThan(2.5);
    expect(moment(4)).toBeLessThan(3.6);
  });

  it.each(['fan-in-uniform', 'he-normal', 'zeros', 'ones', { normal: 0.02 }, { constant: 0.25 }] as const)(
    '%j of a large parameter are drawn when they are looked at, as those of a small one',
    (initializer) => {
      const large = initialValue(initializer, [600, 500], fans, { seed: 1, name: 'dense1.weight' });
      expect(large).toBeInstanceOf(StoredTensor);
      const small = values(initializer);
      expect((large.data as Float32Array).subarray(0, small.length)).toEqual(small);
      const part = (large as StoredTensor).read(101, 77);
      expect(part).toEqual(small.slice(101, 178));
    },
  );

  it('are cut at two standard deviations where that is asked for', () => {
    const drawn = values({ 'truncated-normal': 0.5 });
    const largest = Math.max(...drawn.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1);
    expect(largest).toBeGreaterThan(0.9);
    const square = drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length;
    // The variance of the standard normal distribution between -2 and 2 is 0.7737.
    expect(square / 0.25).toBeCloseTo(0.774, 1);
  });

  it('have a given bound or value where that is asked for', () => {
    const largest = Math.max(...values({ uniform: 0.3 }).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(0.3);
    expect(largest).toBeGreaterThan(0.29);
    expect(new Set(values({ constant: 0.25 }))).toEqual(new Set([0.25]));
  });

  it.each([
    [[30, 50], 'rows'],
    [[50, 5, 6], 'columns'],
  ] as const)('orthogonal weights %j have orthonormal %s', (dims, which) => {
    const drawn = initialValue('orthogonal', dims, fans, { seed: 1, name: 'w' }).data as Float32Array;
    const columns = drawn.length / dims[0];
    const at = (vector: number, place: number) =>
      which === 'rows' ? drawn[vector * columns + place]! : drawn[place * columns + vector]!;
    for (const [a, b] of [
      [0, 0],
      [7, 7],
      [0, 1],
      [3, 29],
    ] as const) {
      let product = 0;
      for (let place = 0; place < 50; place++) product += at(a, place) * at(b, place);
      expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
    }
  });

  it('scale with a factor where their width is given', () => {
    expect(scaled({ normal: 0.02 }, 0.5)).toEqual({ normal: 0.01 });
    expect(scaled('glorot-uniform', 0.5)).toBe('glorot-uniform');
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
