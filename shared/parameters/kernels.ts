import { type CodecExports, CodecKernels } from './codec-kernels.ts';
import { KERNELS_WASM } from './gen/kernels.ts';
import type { Vector } from './memory.ts';

/** The exports of kernels.as.ts; a `p…` is a byte address. */
interface Exports extends CodecExports {
  add(py: number, px: number, n: number): void;
  axpy(py: number, a: number, px: number, n: number): void;
  scale(py: number, a: number, n: number): void;
  subtract(py: number, pa: number, pb: number, n: number): void;
  sumOfSquares(px: number, n: number): number;
  finite(px: number, n: number): number;
  finiteF16(px: number, n: number): number;
  encodeF16(ph: number, px: number, n: number): number;
  decodeF16(py: number, ph: number, n: number): void;
  axpyF16(py: number, a: number, ph: number, n: number): void;
  adam(...args: number[]): void;
  sgd(...args: number[]): void;
  sgdMomentum(...args: number[]): void;
  rmsprop(...args: number[]): void;
  adagrad(...args: number[]): void;
  adadelta(...args: number[]): void;
  fedopt(...args: number[]): void;
  adamax(...args: number[]): void;
  nadam(...args: number[]): void;
  lion(...args: number[]): void;
  lambMoments(...args: number[]): number;
  lambStep(...args: number[]): void;
  lerp(py: number, b: number, px: number, o: number, n: number): void;
  gram(pc: number, pa: number, m: number, k: number): void;
  multiplyAdd(py: number, pb: number, px: number, m: number, k: number, n: number): void;
  uniform(py: number, n: number, ...keyAndCounter: number[]): void;
  randomWords(py: number, blocks: number, ...keyAndCounter: number[]): void;
  uniformOfWords(py: number, blocks: number, bound: number): void;
  normalsOfWords(py: number, blocks: number, deviation: number, cut: number): number;
}

let compiled: WebAssembly.Module | undefined;

/** Compiled once a thread, at once: six kilobytes take less time than a promise's detour. */
function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(KERNELS_WASM), (char) => char.charCodeAt(0)));
  return compiled;
}

/** Coefficients of one fused optimizer pass; see kernels.as.ts. */
export interface AdamCoefficients {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  /** learning rate / (1 − beta1^t). */
  readonly rate: number;
  /** 1 / √(1 − beta2^t). */
  readonly bias2: number;
  readonly epsilon: number;
  /** Weight decay added to the gradient. */
  readonly l2: number;
  /** Factor on the weight: 1 − learning rate · decoupled weight decay. */
  readonly shrink: number;
}

export interface SgdCoefficients {
  readonly gradientScale: number;
  readonly learningRate: number;
  readonly l2: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

export interface RmspropCoefficients {
  readonly gradientScale: number;
  readonly learningRate: number;
  readonly l2: number;
  /** Smoothing constant of the squared gradient (PyTorch: alpha). */
  readonly decay: number;
  readonly epsilon: number;
  readonly momentum: number;
}

export interface AdagradCoefficients {
  readonly gradientScale: number;
  readonly learningRate: number;
  readonly l2: number;
  readonly epsilon: number;
}

export interface FedOptCoefficients {
  readonly gradientScale: number;
  readonly learningRate: number;
  readonly beta1: number;
  /** Share of the old second moment, and what the new square counts in it. */
  readonly keep: number;
  readonly take: number;
  readonly tau: number;
  /** The second moment moves towards the square by its sign (Zaheer et al. 2018). */
  readonly yogi: boolean;
}

export interface AdadeltaCoefficients extends AdagradCoefficients {
  /** PyTorch's rho. */
  readonly decay: number;
}

export interface AdamaxCoefficients {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  /** learning rate / (1 − beta1^t). */
  readonly rate: number;
  readonly epsilon: number;
  readonly l2: number;
}

export interface NadamCoefficients {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  /** What the gradient and the first moment count in the step. */
  readonly rateGradient: number;
  readonly rateMoment: number;
  readonly bias2: number;
  readonly epsilon: number;
  readonly l2: number;
}

export interface LionCoefficients {
  readonly gradientScale: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly shrink: number;
}

export interface LambCoefficients {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  /** 1 / (1 − beta1^t) and 1 / √(1 − beta2^t). */
  readonly bias1: number;
  readonly bias2: number;
  readonly epsilon: number;
  /** Weight decay, part of the direction. */
  readonly decay: number;
}

/** The vector kernels of one memory. Every method checks that lengths agree and vectors belong to this memory. */
export class Kernels {
  /** Those of the update codecs. */
  readonly codecs: CodecKernels;
  readonly #memory: WebAssembly.Memory;
  readonly #run: Exports;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    const instance = new WebAssembly.Instance(kernelModule(), { env: { memory } });
    this.#run = instance.exports as unknown as Exports;
    this.codecs = new CodecKernels(memory, this.#run);
  }

  /** acc += x */
  add(acc: Vector, x: Vector): void {
    this.#run.add(acc.offset, x.offset, this.#same('add', acc, x));
  }

  /** acc += a·x */
  axpy(acc: Vector, a: number, x: Vector): void {
    this.#run.axpy(acc.offset, a, x.offset, this.#same('axpy', acc, x));
  }

  /** x *= a */
  scale(x: Vector, a: number): void {
    this.#run.scale(x.offset, a, this.#same('scale', x));
  }

  fill(x: Vector, a: number): void {
    this.#same('fill', x);
    x.view.fill(a);
  }

  /** The ranges may overlap. */
  copy(target: Vector, source: Vector): void {
    this.#same('copy', target, source);
    target.view.set(source.view);
  }

  /** out = a − b; `out` may be one of them. */
  subtract(out: Vector, a: Vector, b: Vector): void {
    this.#run.subtract(out.offset, a.offset, b.offset, this.#same('subtract', out, a, b));
  }

  /** Σ x², added in double precision. */
  sumOfSquares(x: Vector): number {
    return this.#run.sumOfSquares(x.offset, this.#same('sumOfSquares', x));
  }

  /** Whether there is no NaN and no infinity in it. */
  isFinite(x: Vector): boolean {
    return this.#run.finite(x.offset, this.#same('isFinite', x)) !== 0;
  }

  /** The same for `count` float16 numbers that lie in x's bytes. */
  isFiniteF16(x: Vector, count: number): boolean {
    this.#halves('isFiniteF16', x, count);
    return this.#run.finiteF16(x.offset, count) !== 0;
  }

  /**
   * Rounds x to float16 (nearest, ties to even) into target's bytes, two numbers to a float.
   *
   * @returns how many finite numbers became infinite (|x| ≥ 65520).
   */
  encodeF16(target: Vector, x: Vector): number {
    this.#halves('encodeF16', target, this.#same('encodeF16', x));
    return this.#run.encodeF16(target.offset, x.offset, x.length);
  }

  /** Fills x from the float16 numbers in source's bytes. */
  decodeF16(x: Vector, source: Vector): void {
    this.#halves('decodeF16', source, this.#same('decodeF16', x));
    this.#run.decodeF16(x.offset, source.offset, x.length);
  }

  /** acc += a · decoded(source), in one pass. */
  axpyF16(acc: Vector, a: number, source: Vector): void {
    this.#halves('axpyF16', source, this.#same('axpyF16', acc));
    this.#run.axpyF16(acc.offset, a, source.offset, acc.length);
  }

  adam(p: Vector, m: Vector, v: Vector, g: Vector, c: AdamCoefficients): void {
    const n = this.#same('adam', p, m, v, g);
    const { beta1, beta2 } = c;
    this.#run.adam(
      ...[p.offset, m.offset, v.offset, g.offset, n, c.gradientScale, beta1, 1 - beta1, beta2, 1 - beta2],
      ...[c.rate, c.bias2, c.epsilon, c.l2, c.shrink],
    );
  }

  /** `buffer` is undefined without momentum. */
  sgd(p: Vector, buffer: Vector | undefined, g: Vector, c: SgdCoefficients): void {
    if (buffer === undefined) {
      this.#run.sgd(p.offset, g.offset, this.#same('sgd', p, g), c.gradientScale, c.learningRate, c.l2);
      return;
    }
    const n = this.#same('sgd', p, buffer, g);
    const step = c.nesterov ? [1, c.momentum] : [0, 1];
    this.#run.sgdMomentum(
      ...[p.offset, buffer.offset, g.offset, n, c.gradientScale, c.learningRate, c.l2, c.momentum],
      ...step,
    );
  }

  /** `buffer` is undefined without momentum. */
  rmsprop(p: Vector, v: Vector, buffer: Vector | undefined, g: Vector, c: RmspropCoefficients): void {
    const n = this.#same('rmsprop', p, v, buffer ?? v, g);
    this.#run.rmsprop(
      ...[p.offset, v.offset, (buffer ?? v).offset, g.offset, n, c.gradientScale, c.learningRate, c.l2],
      ...[c.decay, 1 - c.decay, c.epsilon, c.momentum, buffer === undefined ? 0 : 1],
    );
  }

  adagrad(p: Vector, squares: Vector, g: Vector, c: AdagradCoefficients): void {
    const n = this.#same('adagrad', p, squares, g);
    const { gradientScale, learningRate, l2, epsilon } = c;
    this.#run.adagrad(p.offset, squares.offset, g.offset, n, gradientScale, learningRate, l2, epsilon);
  }

  fedopt(p: Vector, m: Vector, v: Vector, g: Vector, c: FedOptCoefficients): void {
    const n = this.#same('fedopt', p, m, v, g);
    this.#run.fedopt(
      ...[p.offset, m.offset, v.offset, g.offset, n, c.gradientScale, c.learningRate],
      ...[c.beta1, 1 - c.beta1, c.keep, c.take, c.tau, c.yogi ? 1 : 0],
    );
  }

  adadelta(p: Vector, squares: Vector, updates: Vector, g: Vector, c: AdadeltaCoefficients): void {
    const n = this.#same('adadelta', p, squares, updates, g);
    this.#run.adadelta(
      ...[p.offset, squares.offset, updates.offset, g.offset, n, c.gradientScale, c.learningRate, c.l2],
      ...[c.decay, 1 - c.decay, c.epsilon],
    );
  }

  adamax(p: Vector, m: Vector, u: Vector, g: Vector, c: AdamaxCoefficients): void {
    const n = this.#same('adamax', p, m, u, g);
    this.#run.adamax(
      ...[p.offset, m.offset, u.offset, g.offset, n, c.gradientScale, c.rate, c.l2],
      ...[c.beta1, 1 - c.beta1, c.beta2, c.epsilon],
    );
  }

  nadam(p: Vector, m: Vector, v: Vector, g: Vector, c: NadamCoefficients): void {
    const n = this.#same('nadam', p, m, v, g);
    const { beta1, beta2 } = c;
    this.#run.nadam(
      ...[p.offset, m.offset, v.offset, g.offset, n, c.gradientScale, beta1, 1 - beta1, beta2, 1 - beta2],
      ...[c.rateGradient, c.rateMoment, c.bias2, c.epsilon, c.l2],
    );
  }

  lion(p: Vector, m: Vector, g: Vector, c: LionCoefficients): void {
    const n = this.#same('lion', p, m, g);
    this.#run.lion(
      ...[p.offset, m.offset, g.offset, n, c.gradientScale, c.learningRate],
      ...[c.beta1, 1 - c.beta1, c.beta2, 1 - c.beta2, c.shrink],
    );
  }

  /** Moves the moments. @returns the squared norm of the direction, to which the trust ratio is made. */
  lambMoments(p: Vector, m: Vector, v: Vector, g: Vector, c: LambCoefficients): number {
    const n = this.#same('lambMoments', p, m, v, g);
    const { beta1, beta2 } = c;
    return this.#run.lambMoments(
      ...[p.offset, m.offset, v.offset, g.offset, n, c.gradientScale, beta1, 1 - beta1, beta2, 1 - beta2],
      ...[c.bias1, c.bias2, c.epsilon, c.decay],
    );
  }

  /** p −= rate · direction */
  lambStep(p: Vector, m: Vector, v: Vector, rate: number, c: LambCoefficients): void {
    const n = this.#same('lambStep', p, m, v);
    this.#run.lambStep(p.offset, m.offset, v.offset, n, rate, c.bias1, c.bias2, c.epsilon, c.decay);
  }

  /** y = keep·y + take·x */
  lerp(y: Vector, keep: number, x: Vector, take: number): void {
    this.#run.lerp(y.offset, keep, x.offset, take, this.#same('lerp', y, x));
  }

  /** c [rows, rows] = a·aᵀ for a [rows, columns]. */
  gram(c: Vector, a: Vector, rows: number, columns: number): void {
    this.#matrix('gram', c, rows, rows);
    this.#matrix('gram', a, rows, columns);
    this.#run.gram(c.offset, a.offset, rows, columns);
  }

  /** y [rows, columns] += b [rows, inner]·x [inner, columns]. */
  multiplyAdd(y: Vector, b: Vector, x: Vector, rows: number, inner: number, columns: number): void {
    this.#matrix('multiplyAdd', y, rows, columns);
    this.#matrix('multiplyAdd', b, rows, inner);
    this.#matrix('multiplyAdd', x, inner, columns);
    this.#run.multiplyAdd(y.offset, b.offset, x.offset, rows, inner, columns);
  }

  /**
   * Uniform numbers in [0, 1): element i is word i mod 4, over 2^32, of Philox4x32-10's block
   * (counter[0] + i/4, counter[1], counter[2], counter[3]) under the key.
   */
  uniform(
    out: Vector,
    key: readonly [number, number],
    counter: readonly [number, number, number, number],
  ): void {
    this.#run.uniform(out.offset, this.#same('uniform', out), ...key, ...counter);
  }

  /**
   * Draws two numbers from each of `blocks` blocks, uniform in [-bound, bound): the bits that `createRandom` and plain
   * arithmetic give. They stand at the beginning of `out`, which has four places for each block (a multiple of 4).
   */
  drawUniform(
    out: Vector,
    key: readonly [number, number],
    first: number,
    blocks: number,
    bound: number,
  ): void {
    this.#words('drawUniform', out, key, first, blocks);
    this.#run.uniformOfWords(out.offset, blocks, bound);
  }

  /**
   * The same from N(0, deviation²) by Box and Muller, without what is farther out than `cut` deviations.
   *
   * @returns how many there are.
   */
  drawNormals(
    out: Vector,
    key: readonly [number, number],
    first: number,
    blocks: number,
    deviation: number,
    cut: number,
  ): number {
    this.#words('drawNormals', out, key, first, blocks);
    return this.#run.normalsOfWords(out.offset, blocks, deviation, cut);
  }

  #words(kernel: string, out: Vector, key: readonly [number, number], first: number, blocks: number): void {
    this.#owns(kernel, out);
    if (blocks % 4 !== 0 || blocks * 4 > out.length) {
      throw new RangeError(`Kernel ${kernel}: ${blocks} blocks do not fit in ${out.length} floats by fours.`);
    }
    this.#run.randomWords(out.offset, blocks, ...key, first >>> 0, Math.floor(first / 2 ** 32));
  }

  /** The common length of vectors of this memory. */
  #same(kernel: string, first: Vector, ...others: readonly Vector[]): number {
    this.#owns(kernel, first);
    for (const other of others) {
      this.#owns(kernel, other);
      if (other.length !== first.length) {
        throw new RangeError(`Kernel ${kernel}: vectors of ${first.length} and ${other.length} floats.`);
      }
    }
    return first.length;
  }

  #halves(kernel: string, bytes: Vector, count: number): void {
    this.#owns(kernel, bytes);
    if (count > bytes.length * 2) {
      throw new RangeError(`Kernel ${kernel}: ${count} float16 do not fit in ${bytes.length * 4} bytes.`);
    }
  }

  #matrix(kernel: string, vector: Vector, rows: number, columns: number): void {
    this.#owns(kernel, vector);
    if (vector.length < rows * columns) {
      throw new RangeError(
        `Kernel ${kernel}: a ${rows} × ${columns} matrix does not fit in ${vector.length} floats.`,
      );
    }
  }

  #owns(kernel: string, vector: Vector): void {
    if (vector.view.buffer !== this.#memory.buffer) {
      throw new RangeError(`Kernel ${kernel}: a vector of another memory.`);
    }
  }
}
