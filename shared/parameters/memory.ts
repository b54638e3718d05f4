import { Kernels } from './kernels.ts';

/**
 * A range of float32 numbers in a VectorMemory. `view` is a window on the memory itself: engines read and write
 * it, kernels run on it, nothing is copied. It stays valid for the life of the memory, which never grows.
 */
export interface Vector {
  readonly memory: VectorMemory;
  /** Bytes from the start of the memory. */
  readonly offset: number;
  /** Floats. */
  readonly length: number;
  readonly view: Float32Array;
  /** The floats [start, end) of this vector, sharing its memory; `end` is the length by default. */
  slice(start: number, end?: number): Vector;
}

const PAGE = 65536;
/** Every vector starts at a multiple of a cache line. */
const ALIGNMENT = 64;
/** Bytes at the start of the memory through which encoded chunks pass: small enough to stay in the L2 cache. */
const STAGING = 2 * PAGE;
/** The addresses of a WebAssembly memory have 32 bits; the last page stays free so that no address wraps. */
const MAX_PAGES = 65535;

/**
 * The flat vectors of one thread in one WebAssembly.Memory, which is never grown (that would detach all views) and
 * never shared. Vectors are allocated once and live as long as the memory.
 */
export class VectorMemory {
  readonly kernels: Kernels;
  /** Scratch space of the codecs; its contents are lost at every call of one. */
  readonly staging: Vector;
  readonly #memory: WebAssembly.Memory;
  #next = 0;

  private constructor(pages: number) {
    try {
      this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch (cause) {
      const megabytes = Math.ceil((pages * PAGE) / 2 ** 20);
      throw new RangeError(
        `No memory for the model's vectors: ${megabytes} MiB in one piece. Free memory, or train a smaller model.`,
        { cause },
      );
    }
    this.kernels = new Kernels(this.#memory);
    this.staging = this.allocate(STAGING / 4);
  }

  /**
   * A memory with room for `floats` floats in up to a thousand vectors.
   *
   * @throws RangeError when they exceed the 4 GiB that one memory can address, or the machine's memory.
   */
  static create(floats: number): VectorMemory {
    if (!Number.isSafeInteger(floats) || floats < 0) {
      throw new RangeError(
        `VectorMemory.create: the number of floats must be a whole number, not ${floats}.`,
      );
    }
    // One page of slack holds the alignment of a thousand vectors.
    const pages = Math.ceil((floats * 4 + STAGING) / PAGE) + 1;
    if (pages > MAX_PAGES) {
      throw new RangeError(
        `The model's vectors need ${floats} floats (${(floats / 2 ** 28).toFixed(2)} GiB); one memory holds 4 GiB. Train a smaller model, or use an optimizer with fewer moments.`,
      );
    }
    return new VectorMemory(pages);
  }

  /**
   * A new vector of zeros, 64-byte aligned.
   *
   * @throws RangeError when it does not fit; nothing is ever freed, so allocate at the start.
   */
  allocate(length: number): Vector {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new RangeError(`VectorMemory.allocate: a length must be a whole number, not ${length}.`);
    }
    const offset = this.#next;
    const end = offset + length * 4;
    if (end > this.#memory.buffer.byteLength) {
      const free = Math.floor((this.#memory.buffer.byteLength - offset) / 4);
      throw new RangeError(
        `VectorMemory is full: ${length} floats asked for, ${free} free. Create it with room for all vectors.`,
      );
    }
    this.#next = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    return new MemoryVector(this, this.#memory.buffer, offset, length);
  }
}

class MemoryVector implements Vector {
  readonly memory: VectorMemory;
  readonly offset: number;
  readonly length: number;
  readonly view: Float32Array;

  constructor(memory: VectorMemory, buffer: ArrayBuffer, offset: number, length: number) {
    this.memory = memory;
    this.offset = offset;
    this.length = length;
    this.view = new Float32Array(buffer, offset, length);
  }

  slice(start: number, end: number = this.length): Vector {
    if (
      !(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= this.length)
    ) {
      throw new RangeError(`Vector.slice: [${start}, ${end}) is not within [0, ${this.length}).`);
    }
    return new MemoryVector(
      this.memory,
      this.view.buffer as ArrayBuffer,
      this.offset + start * 4,
      end - start,
    );
  }
}
