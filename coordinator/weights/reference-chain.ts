import { CodecError } from '../../shared/parameters/codecs/codec-error.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector } from '../../shared/parameters/memory.ts';
import { type Delta, type DeltaCodec, Reference } from '../../shared/parameters/reference.ts';
import { type BlobId, deltaId, versionedId } from '../../shared/protocol/blob-id.ts';
import { deltaSeed } from '../encodings.ts';

/**
 * What members hold of the weights where they travel as deltas, and the last steps to it, each encoded once and sent to all who need
 * it. Steps are kept as long as they are together fewer bytes than the weights: who is further behind is sent those whole. So memory
 * is O(P), and nobody downloads more than without deltas.
 */
export class ReferenceChain {
  private readonly reference: Reference;
  private steps: readonly Delta[] = [];
  /** Of the weights that `follow` last saw. */
  private number: number | undefined;
  private whole: { readonly id: BlobId; readonly bytes: Uint8Array } | undefined;
  /** Of the version before, which a member may still be fetching. */
  private former: typeof this.whole;

  /**
   * @param reference what members hold, of the layout's length
   * @param change room for a change of the weights, in the same memory
   */
  constructor(
    layout: ParameterLayout,
    reference: Vector,
    private readonly change: Vector,
    private readonly options: {
      readonly codec: DeltaCodec;
      readonly incarnation: number;
      readonly seed: number;
    },
  ) {
    this.reference = new Reference(layout, reference);
  }

  get codec(): DeltaCodec {
    return this.options.codec;
  }

  /** Of the weights that were followed last. */
  get id(): BlobId {
    return this.idOf(this.number!);
  }

  /** Brings what members hold to these weights; versions between the last ones and these are none of its own. */
  follow(weights: Vector, number: number): void {
    if (number === this.number) return;
    const id = this.idOf(number);
    const delta = this.deltaTo(weights, number);
    if (delta) {
      this.reference.add(delta);
      this.steps = this.affordable([...this.steps, delta]);
    } else {
      this.reference.copy(id, weights);
      this.steps = [];
    }
    this.number = number;
    this.former = this.whole;
    this.whole = undefined;
  }

  /** The next weights are sent whole to all: they are no step from these. */
  restart(): void {
    this.number = undefined;
    this.steps = [];
  }

  /** The steps from weights that a member holds to the current ones; undefined where it must take those whole. */
  since(held: BlobId): readonly Delta[] | undefined {
    if (held === this.id) return [];
    const from = this.steps.findIndex(({ base }) => base === held);
    return from < 0 ? undefined : this.steps.slice(from);
  }

  /** Bytes of a step that is kept, or of the weights whole. */
  find(id: BlobId): Uint8Array | undefined {
    const step = this.steps.find((one) => deltaId(one) === id);
    if (step) return step.bytes;
    if (this.former?.id === id) return this.former.bytes;
    if (this.number === undefined || id !== this.id) return undefined;
    // Made when somebody wants it: where all follow, nobody does.
    this.whole ??= { id, bytes: new Uint8Array(bytesOf(this.reference.vector)) };
    return this.whole.bytes;
  }

  private deltaTo(weights: Vector, number: number): Delta | undefined {
    const { change, reference } = this;
    const { codec, incarnation, seed } = this.options;
    const base = reference.id;
    if (this.number === undefined || base === undefined) return undefined;
    const { kernels } = change.memory;
    kernels.copy(change, weights);
    kernels.axpy(change, -1, reference.vector);
    // A scale of infinity, or of NaN, would spoil a whole block for good.
    if (!kernels.isFinite(change)) return undefined;
    try {
      const bytes = reference.encode(change, codec, deltaSeed(seed, incarnation, number));
      return { base, id: this.idOf(number), codec, bytes };
    } catch (error) {
      // Beyond the range of f16: such a change is no small one, and goes whole.
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  private affordable(steps: readonly Delta[]): readonly Delta[] {
    const kept = Math.ceil(this.reference.wholeBytes / this.reference.deltaBytes(this.codec)) - 1;
    return kept > 0 ? steps.slice(-kept) : [];
  }

  private idOf(number: number): BlobId {
    return versionedId(this.options.incarnation, number, 'reference', 'f32');
  }
}

function bytesOf(vector: Vector): Uint8Array {
  return new Uint8Array(vector.view.buffer, vector.offset, 4 * vector.length);
}
