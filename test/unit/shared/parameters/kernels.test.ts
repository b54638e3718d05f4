import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Vector, VectorMemory } from '../../../../shared/parameters/memory.ts';

const memory = VectorMemory.create(2048);
const { kernels } = memory;
const f = Math.fround;

/** A case: lengths around the lanes' width, starts that are not aligned, guards on both sides. */
const cases = fc.record({
  length: fc.integer({ min: 0, max: 37 }),
  starts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
  values: fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 111, maxLength: 111 }),
  scalar: fc.float({ noNaN: true, min: -3, max: 3 }),
});
const GUARD = 12345;
const whole = [memory.allocate(64), memory.allocate(64), memory.allocate(64)];

/** Runs a kernel and its plain loop, compares the bits, and looks at the guards. */
function compare(
  run: (x: Vector, y: Vector, z: Vector, a: number) => void,
  expected: (x: number, y: number, z: number, a: number) => readonly [number, number, number],
): void {
  fc.assert(
    fc.property(cases, ({ length, starts, values, scalar }) => {
      const vectors = whole.map((vector, i) => {
        vector.view.fill(GUARD);
        const part = vector.slice(starts[i]!, starts[i]! + length);
        part.view.set(values.slice(i * length, (i + 1) * length));
        return part;
      });
      const before = vectors.map((vector) => vector.view.slice());
      run(vectors[0]!, vectors[1]!, vectors[2]!, scalar);
      for (let i = 0; i < length; i++) {
        const want = expected(before[0]![i]!, before[1]![i]!, before[2]![i]!, scalar);
        expect(vectors.map((vector) => vector.view[i])).toEqual(want.map((value) => f(value)));
      }
      whole.forEach((vector, i) => {
        const outside = [
          ...vector.view.subarray(0, starts[i]!),
          ...vector.view.subarray(starts[i]! + length),
        ];
        expect(outside.every((value) => value === GUARD)).toBe(true);
      });
    }),
  );
}

describe('elementwise kernels are plain loops, to the bit', () => {
  it('add', () =>
    compare(
      (x, y) => kernels.add(x, y),
      (x, y, z) => [x + y, y, z],
    ));
  it('axpy', () =>
    compare(
      (x, y, _, a) => kernels.axpy(x, a, y),
      (x, y, z, a) => [x + f(y * a), y, z],
    ));
  it('scale', () =>
    compare(
      (x, _y, _z, a) => kernels.scale(x, a),
      (x, y, z, a) => [x * a, y, z],
    ));
  it('fill', () =>
    compare(
      (x, _y, _z, a) => kernels.fill(x, a),
      (_, y, z, a) => [a, y, z],
    ));
  it('copy', () =>
    compare(
      (x, y) => kernels.copy(x, y),
      (_, y, z) => [y, y, z],
    ));
  it('subtract', () =>
    compare(
      (x, y, z) => kernels.subtract(x, y, z),
      (_, y, z) => [y - z, y, z],
    ));
  it('subtract in place', () =>
    compare(
      (x, y) => kernels.subtract(x, x, y),
      (x, y, z) => [x - y, y, z],
    ));
});

describe('reductions', () => {
  it('sum squares in double precision', () => {
    fc.assert(
      fc.property(cases, ({ length, starts, values }) => {
        const part = whole[0]!.slice(starts[0]!, starts[0]! + length);
        part.view.set(values.slice(0, length));
        const sum = part.view.reduce((total, value) => total + value * value, 0);
        expect(kernels.sumOfSquares(part)).toBeCloseTo(sum, 9);
      }),
    );
    // In float32 the ones would vanish beside 2^24.
    const vector = memory.allocate(256);
    vector.view.fill(1);
    vector.view[0] = 2 ** 20;
    expect(kernels.sumOfSquares(vector)).toBe(2 ** 40 + 255);
  });

  it('find a single NaN or infinity anywhere', () => {
    const values = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 37 }),
        fc.nat(36),
        values,
        fc.nat(5),
        (length, at, bad, start) => {
          whole[0]!.view.fill(bad);
          const part = whole[0]!.slice(start, start + length);
          part.view.fill(3e38);
          expect(kernels.isFinite(part)).toBe(true);
          part.view[at % length] = bad;
          expect(kernels.isFinite(part)).toBe(false);
        },
      ),
    );
  });
});

describe('sub-ranges', () => {
  it('give the bits that the whole range gives', () => {
    const [p, q, rest] = [memory.allocate(50), memory.allocate(50), memory.allocate(50)];
    for (let i = 0; i < 50; i++) {
      p.view[i] = q.view[i] = Math.sin(i);
      rest.view[i] = Math.cos(i * 3);
    }
    kernels.axpy(p, 0.3, rest);
    for (const [start, end] of [
      [0, 7],
      [7, 8],
      [8, 31],
      [31, 50],
    ] as const) {
      kernels.axpy(q.slice(start, end), 0.3, rest.slice(start, end));
    }
    expect(q.view).toEqual(p.view);
    expect(p.slice(4, 20).slice(3).view).toEqual(p.view.subarray(7, 20));
  });

  it('out of bounds are refused', () => {
    for (const [start, end] of [
      [-1, 2],
      [0, 65],
      [3, 2],
      [0.5, 2],
      [Number.NaN, 2],
    ] as const) {
      expect(() => whole[0]!.slice(start, end)).toThrow(RangeError);
    }
  });
});

describe('VectorMemory', () => {
  it('holds what it was made for, zeroed, without overlap, aligned to cache lines', () => {
    const lengths = [1, 4, 1000, 17, 0, 333];
    const own = VectorMemory.create(lengths.reduce((sum, length) => sum + length, 0));
    const vectors = lengths.map((length) => own.allocate(length));
    expect(vectors.every(({ offset }) => offset % 64 === 0)).toBe(true);
    expect(vectors.every(({ view }) => view.every((value) => value === 0))).toBe(true);
    for (const [i, vector] of vectors.entries()) vector.view.fill(i + 1);
    for (const [i, vector] of vectors.entries())
      expect(vector.view.every((value) => value === i + 1)).toBe(true);
  });

  it('refuses more than 4 GiB, more than is left, and lengths that are none', () => {
    expect(() => VectorMemory.create(2 ** 30)).toThrow(/one memory holds 4 GiB/);
    expect(() => VectorMemory.create(-1)).toThrow(RangeError);
    const own = VectorMemory.create(100);
    expect(() => own.allocate(100_000)).toThrow(/VectorMemory is full: 100000 floats asked for/);
    expect(() => own.allocate(1.5)).toThrow(RangeError);
  });

  it('refuses vectors of different lengths and of another memory', () => {
    const other = VectorMemory.create(10).allocate(4);
    expect(() => kernels.add(whole[0]!.slice(0, 4), other)).toThrow(/another memory/);
    expect(() => kernels.add(whole[0]!.slice(0, 4), whole[1]!.slice(0, 5))).toThrow(/4 and 5 floats/);
    expect(() => kernels.encodeF16(whole[0]!.slice(0, 1), whole[1]!.slice(0, 3))).toThrow(/3 float16/);
  });
});
