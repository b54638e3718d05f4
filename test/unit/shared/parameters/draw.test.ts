import { describe, expect, it } from 'vitest';
import { normals } from '../../../../shared/nn/initializers/normals.ts';
import { drawNormals, drawUniform } from '../../../../shared/parameters/draw.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';

/** More than fits in the staging vector, and no multiple of anything. */
const COUNT = 40_007;

describe('numbers drawn by kernels', () => {
  it.each([1, 7, 8, COUNT])('%i uniform ones are the bits of the plain stream', (count) => {
    const random = createRandom(11);
    const expected = Float32Array.from({ length: count }, () => (2 * random.next() - 1) * 0.3);
    const drawn = new Float32Array(count);
    drawUniform(drawn, 11, 0.3);
    expect(drawn).toEqual(expected);
  });

  it.each([
    [1, Number.POSITIVE_INFINITY],
    [6, Number.POSITIVE_INFINITY],
    [COUNT, Number.POSITIVE_INFINITY],
    [COUNT, 2],
    [COUNT, 0.1],
  ])('%i normal ones, cut at %f, are those of Box and Muller in plain arithmetic', (count, cut) => {
    const expected = new Float32Array(count);
    normals(expected, createRandom(0xfffffff1), 0.02, cut);
    const drawn = new Float32Array(count);
    drawNormals(drawn, 0xfffffff1, 0.02, cut);
    // Logarithm and cosine may differ in their last bits of 53: a number on the border of two float32 may get the other.
    const farthest = drawn.reduce(
      (most, value, at) => Math.max(most, Math.abs(value / expected[at]! - 1)),
      0,
    );
    expect(farthest).toBeLessThanOrEqual(2 ** -23);
    expect(drawn.filter((value, at) => value !== expected[at]).length).toBeLessThanOrEqual(1);
  });

  it.each([0, 1, 2, 9, 20_001])('from number %i on are those of the whole stream', (start) => {
    const [uniform, normal] = [new Float32Array(COUNT), new Float32Array(COUNT)];
    drawUniform(uniform, 5, 0.3);
    drawNormals(normal, 5, 0.02);
    for (const count of [1, 2, 5, COUNT - start]) {
      const drawn = new Float32Array(count);
      drawUniform(drawn, 5, 0.3, start);
      expect(drawn).toEqual(uniform.slice(start, start + count));
      drawNormals(drawn, 5, 0.02, undefined, start);
      expect(drawn).toEqual(normal.slice(start, start + count));
    }
  });
});
