import { type ByteSource, inMemory } from './byte-source.ts';
import { OnnxFormatError } from './errors.ts';

/** Bytes of a file that are read at once: what is skipped, which is most of it, is not. */
const WINDOW = 1 << 14;

/** A field of a protobuf message: its number, and where its content lies. */
export interface WireField {
  readonly number: number;
  readonly type: 'varint' | 'fixed' | 'bytes';
  /** Of a varint; may be beyond 2^53, and then is not exact. */
  readonly value: number;
  /** The first byte behind its content. */
  readonly stop: number;
}

/**
 * Walks the wire format (https://protobuf.dev/programming-guides/encoding) without decoding it: a few bytes of a file
 * can decode to objects of a few hundred.
 */
export class WireReader {
  /** The next byte. After `field` of type 'bytes' it is the content's first; the caller walks it, or goes on at `stop`. */
  at = 0;

  readonly length: number;
  readonly #source: ByteSource;
  /** What was read last, from `#start` on; of bytes in memory all. */
  #window: Uint8Array;
  #start = 0;

  constructor(bytes: Uint8Array | ByteSource) {
    this.#source = bytes instanceof Uint8Array ? inMemory(bytes) : bytes;
    this.#window = bytes instanceof Uint8Array ? bytes : new Uint8Array();
    this.length = bytes.length;
  }

  /** The bytes from `at` to `stop`. */
  slice(at: number, stop: number): Uint8Array {
    return this.#source.read(at, stop - at);
  }

  #byte(at: number): number {
    const byte = this.#window[at - this.#start];
    if (byte !== undefined) return byte;
    this.#window = this.#source.read(at, Math.min(WINDOW, this.length - at));
    this.#start = at;
    return this.#window[0] as number;
  }

  /** @throws OnnxFormatError where no number ends before `end` */
  varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) break;
      const byte = this.#byte(this.at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new OnnxFormatError(`the model is cut off or damaged: no number at byte ${this.at}`);
  }

  /**
   * @param end of the message that the field is in
   * @throws OnnxFormatError for a field that ends beyond it, or is none
   */
  field(end: number): WireField {
    const tag = this.varint(end);
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        return { number, type: 'varint', value: this.varint(end), stop: this.at };
      case 1:
      case 5: {
        this.at += tag % 8 === 1 ? 8 : 4;
        if (this.at <= end) return { number, type: 'fixed', value: 0, stop: this.at };
        throw new OnnxFormatError('the model is cut off or damaged: a field ends beyond its message');
      }
      case 2: {
        const length = this.varint(end);
        const stop = this.at + length;
        if (stop <= end) return { number, type: 'bytes', value: length, stop };
        throw new OnnxFormatError(`the model is cut off: ${stop - end} bytes are missing at byte ${this.at}`);
      }
      default:
        throw new OnnxFormatError(`this is not an ONNX model: wire type ${tag % 8} at byte ${this.at}`);
    }
  }

  /** The number of varints from `at` to `stop`: each ends with a byte below 128. */
  countVarints(stop: number): number {
    let count = 0;
    for (let i = this.at; i < stop; i++) if (this.#byte(i) < 0x80) count++;
    return count;
  }
}
