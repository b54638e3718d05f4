import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Vector, VectorMemory } from '../../../../shared/parameters/memory.ts';

const memory = VectorMemory.create(4096);
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

describe('matrix products', () => {
  const side = fc.integer({ min: 1, max: 9 });
  const sizes = fc.record({ rows: side, inner: side, columns: side, seed: fc.integer({ min: 1, max: 1e6 }) });
  const filled = (length: number, seed: number): Vector => {
    // An address that is not aligned.
    const vector = products.slice(1 + (seed % 3), 1 + (seed % 3) + length);
    vector.view.forEach((_, i) => {
      vector.view[i] = Math.sin(seed + 1.7 * i);
    });
    return vector;
  };
  const products = memory.allocate(100);
  const [left, out] = [memory.allocate(100), memory.allocate(100)];

  it('gram is a matrix times its transpose, symmetric to the bit', () => {
    fc.assert(
      fc.property(sizes, ({ rows, inner, seed }) => {
        const a = filled(rows * inner, seed);
        kernels.gram(out, a, rows, inner);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < rows; j++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) sum += a.view[i * inner + k]! * a.view[j * inner + k]!;
            expect(out.view[i * rows + j]).toBeCloseTo(sum, 5);
            expect(out.view[i * rows + j]).toBe(out.view[j * rows + i]);
          }
        }
      }),
    );
  });

  it('multiplyAdd adds a product', () => {
    fc.assert(
      fc.property(sizes, ({ rows, inner, columns, seed }) => {
        const x = filled(inner * columns, seed);
        left.view.forEach((_, i) => {
          left.view[i] = Math.cos(seed - i);
        });
        out.view.fill(0.5);
        kernels.multiplyAdd(out, left, x, rows, inner, columns);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            let sum = 0.5;
            for (let k = 0; k < inner; k++) sum += left.view[i * inner + k]! * x.view[k * columns + j]!;
            expect(out.view[i * columns + j]).toBeCloseTo(sum, 5);
          }
        }
        // What lies behind is not touched.
        if (rows * columns < 100) expect(out.view[rows * columns]).toBe(0.5);
      }),
    );
  });

  it('lerp mixes two vectors', () =>
    compare(
      (x, y, _, a) => kernels.lerp(x, 0.75, y, a),
      (x, y, z, a) => [f(f(x * 0.75) + f(y * f(a))), y, z],
    ));

  it('refuse a matrix that does not fit', () => {
    expect(() => kernels.gram(out, left, 11, 2)).toThrow(/a 11 × 11 matrix does not fit in 100 floats/);
    expect(() => kernels.multiplyAdd(out, left, products, 2, 60, 2)).toThrow(/a 2 × 60 matrix/);
  });
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
