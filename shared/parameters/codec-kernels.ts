import type { Vector } from './memory.ts';

/** The exports of codec-kernels.as.ts; a `p…` is a byte address. */
export interface CodecExports {
  encodeBf16(ph: number, px: number, n: number): number;
  decodeBf16(py: number, ph: number, n: number): void;
  axpyBf16(py: number, a: number, ph: number, n: number): void;
  finiteBf16(ph: number, n: number): number;
  encodeI8(ph: number, px: number, n: number, ...keyAndCounter: number[]): void;
  axpyI8(py: number, a: number, ph: number, n: number): void;
  finiteI8(ph: number, n: number): number;
  encodeSigns(ph: number, px: number, n: number, zeros: number): void;
  axpySigns(py: number, a: number, ph: number, n: number): void;
  finiteSigns(ph: number, n: number): number;
  encodeVotes(ph: number, px: number, n: number, zeros: number): void;
  axpyVotes(py: number, s: number, ph: number, n: number): void;
  addSign(py: number, s: number, px: number, n: number): void;
  countMagnitudes(ptable: number, px: number, n: number): void;
}

/** Numbers that share one scale, in int8 and sign. */
export const BLOCK = 256;

/** Bytes of n numbers in each encoding. */
export const bytesOfBf16 = (n: number): number => 2 * n;
export const bytesOfI8 = (n: number): number => n + 4 * Math.ceil(n / BLOCK);
export const bytesOfVotes = (n: number): number => Math.ceil(n / 8);
export const bytesOfSigns = (n: number): number => bytesOfVotes(n) + 4 * Math.ceil(n / BLOCK);

/** Bins of `countMagnitudes`, in each of its two tables. */
export const MAGNITUDES = 2048;

/**
 * The kernels of the update codecs. Encoded bytes lie in the bytes of a vector, from its start; every method checks that
 * vectors belong to this memory and hold what is read and written.
 */
export class CodecKernels {
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly run: CodecExports,
  ) {}

  /** @returns how many finite numbers became infinite */
  encodeBf16(target: Vector, x: Vector): number {
    this.check('encodeBf16', target, bytesOfBf16(x.length), x);
    return this.run.encodeBf16(target.offset, x.offset, x.length);
  }

  decodeBf16(x: Vector, source: Vector): void {
    this.check('decodeBf16', source, bytesOfBf16(x.length), x);
    this.run.decodeBf16(x.offset, source.offset, x.length);
  }

  /** acc += a · decoded(source), here and below. */
  axpyBf16(acc: Vector, a: number, source: Vector): void {
    this.check('axpyBf16', source, bytesOfBf16(acc.length), acc);
    this.run.axpyBf16(acc.offset, a, source.offset, acc.length);
  }

  isFiniteBf16(source: Vector, count: number): boolean {
    this.check('isFiniteBf16', source, bytesOfBf16(count));
    return this.run.finiteBf16(source.offset, count) !== 0;
  }

  /**
   * Stochastic rounding under a Philox key.
   *
   * @param counter the first two counters; the first goes up by four for every 32 numbers
   */
  encodeI8(
    target: Vector,
    x: Vector,
    key: readonly [number, number],
    counter: readonly [number, number],
  ): void {
    this.check('encodeI8', target, bytesOfI8(x.length), x);
    this.run.encodeI8(target.offset, x.offset, x.length, ...key, ...counter);
  }

  axpyI8(acc: Vector, a: number, source: Vector): void {
    this.check('axpyI8', source, bytesOfI8(acc.length), acc);
    this.run.axpyI8(acc.offset, a, source.offset, acc.length);
  }

  isFiniteI8(source: Vector, count: number): boolean {
    this.check('isFiniteI8', source, bytesOfI8(count));
    return this.run.finiteI8(source.offset, count) !== 0;
  }

  /** @param zeros 32 bits: the sign of a zero at i is bit i mod 32 */
  encodeSigns(target: Vector, x: Vector, zeros: number): void {
    this.check('encodeSigns', target, bytesOfSigns(x.length), x);
    this.run.encodeSigns(target.offset, x.offset, x.length, zeros);
  }

  axpySigns(acc: Vector, a: number, source: Vector): void {
    this.check('axpySigns', source, bytesOfSigns(acc.length), acc);
    this.run.axpySigns(acc.offset, a, source.offset, acc.length);
  }

  isFiniteSigns(source: Vector, count: number): boolean {
    this.check('isFiniteSigns', source, bytesOfSigns(count));
    return this.run.finiteSigns(source.offset, count) !== 0;
  }

  /** Signs without scales. */
  encodeVotes(target: Vector, x: Vector, zeros: number): void {
    this.check('encodeVotes', target, bytesOfVotes(x.length), x);
    this.run.encodeVotes(target.offset, x.offset, x.length, zeros);
  }

  axpyVotes(acc: Vector, a: number, source: Vector): void {
    this.check('axpyVotes', source, bytesOfVotes(acc.length), acc);
    this.run.axpyVotes(acc.offset, a, source.offset, acc.length);
  }

  /** acc += a · sign(x), where the sign of zero is zero. */
  addSign(acc: Vector, a: number, x: Vector): void {
    this.check('addSign', acc, x.length * 4, x);
    this.run.addSign(acc.offset, a, x.offset, x.length);
  }

  /** Adds to `table` [2, 2048; whole numbers in a vector's bytes] how many |x| have each value of the upper 11 bits. */
  countMagnitudes(table: Vector, x: Vector): void {
    this.check('countMagnitudes', table, 2 * MAGNITUDES * 4, x);
    this.run.countMagnitudes(table.offset, x.offset, x.length);
  }

  private check(kernel: string, bytes: Vector, needed: number, x: Vector = bytes): void {
    for (const vector of [bytes, x]) {
      if (vector.view.buffer !== this.memory.buffer) {
        throw new RangeError(`Kernel ${kernel}: a vector of another memory.`);
      }
    }
    if (needed > bytes.length * 4) {
      throw new RangeError(
        `Kernel ${kernel}: ${needed} bytes do not fit in a vector of ${bytes.length * 4} bytes.`,
      );
    }
  }
}
