import { type Codec, encode } from '../../shared/parameters/codecs.ts';
import { type BlobId, deltaId, versionedId } from '../../shared/protocol/blob-id.ts';
import type { AssignmentMessage } from '../../shared/protocol/messages.ts';
import type { Holding } from '../holding.ts';
import type { ReferenceChain } from './reference-chain.ts';
import { type ServerVectors, vectorOf } from './vectors.ts';

/** Weights as they are sent: encoded once per version, shared by all members. */
export interface EncodedVector {
  readonly id: BlobId;
  readonly bytes: Uint8Array;
}

/** The weights of an assignment: what it says of them, and the blobs that its member will want. */
export interface SentWeights {
  readonly message: Pick<AssignmentMessage, 'weights' | 'codec' | 'reference'>;
  readonly blobs: readonly BlobId[];
}

/** The weights, and the vectors beside them, on their way to members: each version encoded once for all, whole or as deltas. */
export class Outgoing {
  /** Counts the versions of this life of the coordinator, for the ids of their encodings. */
  private number = 0;
  private encodings = new Map<string, EncodedVector>();
  private former = new Map<string, EncodedVector>();

  /** @param chain what members hold, where the weights travel as deltas */
  constructor(
    private readonly vectors: ServerVectors,
    private readonly codec: Codec,
    private readonly incarnation: number,
    private readonly chain: ReferenceChain | undefined,
  ) {}

  /** The current weights, or a server vector, as they travel. */
  encoded(codec: Codec, name: string): EncodedVector {
    const key = `${name}/${codec}`;
    let encoding = this.encodings.get(key);
    if (!encoding) {
      const bytes = encode(vectorOf(this.vectors, name), codec);
      encoding = { bytes, id: versionedId(this.incarnation, this.number, name, codec) };
      this.encodings.set(key, encoding);
    }
    return encoding;
  }

  /**
   * The weights that a member starts from. Where they travel as deltas, those are what members hold: to train from, and to measure,
   * which then costs no download of its own. The coordinator's own member measures the weights themselves.
   *
   * @param name `parameters`, or of the vector that is measured in their place
   */
  sent(name: string, holding: Holding): SentWeights {
    const { chain, codec } = this;
    if (!chain || name !== 'parameters' || holding.sent === 'exact') {
      const { id } = this.encoded(codec, name);
      return { message: { weights: id, codec }, blobs: [id] };
    }
    chain.follow(this.vectors.parameters, this.number);
    const weights = chain.id;
    if (holding.sent === 'whole') return { message: { weights, codec }, blobs: [weights] };
    const steps = chain.since(holding.id);
    const reference = { codec: chain.codec, bases: (steps ?? []).map(({ base }) => base) };
    return { message: { weights, codec, reference }, blobs: steps?.map(deltaId) ?? [weights] };
  }

  /** Encoded bytes by id: of the current version, or of the one before, which a member may still be fetching. */
  find(id: BlobId): Uint8Array | undefined {
    for (const generation of [this.encodings, this.former]) {
      for (const encoding of generation.values()) if (encoding.id === id) return encoding.bytes;
    }
    return this.chain?.find(id);
  }

  /** The weights are another version from now on. */
  age(): void {
    this.number += 1;
    this.former = this.encodings;
    this.encodings = new Map();
  }

  /** The weights are another version, and no step from those that members hold. */
  restart(): void {
    this.age();
    this.chain?.restart();
  }
}
