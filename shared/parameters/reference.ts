import { CodecError } from './codecs/codec-error.ts';
import { addSection, encodeSection, sectionSize } from './codecs/section.ts';
import { type SectionParts, sectionParts } from './codecs/section-parts.ts';
import { decodeInto, encodedSize } from './codecs.ts';
import type { ParameterLayout } from './layout.ts';
import { type Vector, VectorMemory } from './memory.ts';

/** Encodings of the change from one version of the weights to the next. */
export type DeltaCodec = 'int8' | 'bf16' | 'f16';

export const DELTA_CODECS = ['int8', 'bf16', 'f16'] as const satisfies readonly DeltaCodec[];

export function isDeltaCodec(codec: string): codec is DeltaCodec {
  return (DELTA_CODECS as readonly string[]).includes(codec);
}

/** The step from the weights `base` to the weights `id`. */
export interface Delta {
  readonly base: string;
  readonly id: string;
  readonly codec: DeltaCodec;
  readonly bytes: Uint8Array;
}

/**
 * The weights as members hold them: sent whole once, and from then on r ← r + Q(w − r), where w is what the coordinator has and Q
 * an encoding that loses something. What Q lost is in the next w − r, so the loss is never more than that of one step: error
 * feedback, as in DoubleSqueeze (Tang et al., ICML 2019), whose server compresses what it sends down so. Everybody adds the same
 * bytes by the same kernels, whose float32 operations are those of WebAssembly, so r is the same bit for bit everywhere.
 *
 * Q takes the whole vector, what stays with members included: each of them must come to the same r, whatever its assignment.
 */
export class Reference {
  readonly vector: Vector;
  private readonly parts = new Map<DeltaCodec, SectionParts>();
  private current: string | undefined;

  /** @param vector of the layout's length; in a memory of its own when left out */
  constructor(
    private readonly layout: ParameterLayout,
    vector?: Vector,
  ) {
    this.vector = vector ?? VectorMemory.create(layout.length).allocate(layout.length);
  }

  /** Which weights it holds; undefined before the first. */
  get id(): string | undefined {
    return this.current;
  }

  /** Bytes of the weights when they are sent whole: as float32, since everybody must hold all of their bits. */
  get wholeBytes(): number {
    return encodedSize(this.layout.length, 'f32');
  }

  /** Bytes of a step, to the last one. */
  deltaBytes(codec: DeltaCodec): number {
    return sectionSize(this.partsOf(codec), codec);
  }

  /**
   * Takes weights that were sent whole.
   *
   * @param bytes float32
   * @throws CodecError when they are not of this model's size
   */
  take(id: string, bytes: Uint8Array): void {
    this.current = undefined;
    decodeInto(this.vector, bytes, 'f32');
    this.current = id;
  }

  /** Takes weights as they are. */
  copy(id: string, weights: Vector): void {
    this.vector.memory.kernels.copy(this.vector, weights);
    this.current = id;
  }

  /**
   * @param change w − r, of the vector's memory
   * @param seed of stochastic rounding
   * @throws CodecError when the encoding cannot hold it
   */
  encode(change: Vector, codec: DeltaCodec, seed: number): Uint8Array {
    return encodeSection(change, this.partsOf(codec), { codec, seed });
  }

  /** @throws CodecError when the step starts from other weights, or is not of this model's size */
  add({ base, id, codec, bytes }: Delta): void {
    if (base !== this.current) {
      throw new CodecError(
        `The step to ${id} is for who holds ${base}, and ${this.current ?? 'none'} is held here: the weights are needed whole.`,
      );
    }
    const size = this.deltaBytes(codec);
    if (bytes.length !== size) {
      throw new CodecError(
        `The step to ${id} has ${bytes.length} bytes; as ${codec} it takes ${size}. Sender and receiver disagree about the model's layout.`,
      );
    }
    const weights = { coded: 1, exact: 1, buffers: 1, trainable: this.layout.trainable };
    this.current = undefined;
    addSection(this.vector, this.partsOf(codec), { codec, bytes: [bytes] }, weights);
    this.current = id;
  }

  private partsOf(codec: DeltaCodec): SectionParts {
    let parts = this.parts.get(codec);
    if (!parts) {
      parts = sectionParts(this.layout, codec);
      this.parts.set(codec, parts);
    }
    return parts;
  }
}
