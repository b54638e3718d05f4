import type { Encoding, SectionCodec, UpdateCodec } from '../../shared/parameters/codecs/update-codec.ts';
import type { Codec } from '../../shared/parameters/codecs.ts';
import type { Delta } from '../../shared/parameters/reference.ts';
import type {
  GradientTerms,
  Measure,
  UpdateHeader,
  UpdateSection,
  Work,
} from '../../shared/protocol/assignment.ts';

/** One assignment as the trainer sees it. */
export interface WorkOrder {
  readonly work: Work;
  readonly round: number;
  readonly terms: GradientTerms;
  readonly sections: readonly UpdateSection[];
  /** Globs of the parameters that stay with the member. */
  readonly local: readonly string[];
  readonly measures?: readonly Measure[] | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly learningRate: number;
  /** How the update is encoded where nothing else is said. */
  readonly codec: Codec;
  /** How the `parameters` of the update are encoded. */
  readonly encoding?: Encoding;
  /** How its other sections are encoded. */
  readonly sectionCodec?: SectionCodec;
}

/** The name of the model's own vector among those that are sent. */
export const WEIGHTS = 'weights';

/** A vector that came with an assignment: the weights, or one of the server's. */
export interface SentVector {
  readonly name: string;
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** Weights that are kept beside those that training changes, so that the next ones can come as deltas. */
export interface SentReference {
  /** Of the weights that the work starts from. */
  readonly id: string;
  /** The weights as float32, where what is kept is no base for the deltas. */
  readonly whole?: Uint8Array;
  /** From what is kept to `id`; none where that is it already. */
  readonly deltas: readonly Delta[];
}

/** An encoded vector of an update. */
export interface EncodedSection {
  readonly name: string;
  readonly codec: UpdateCodec;
  readonly floats: number;
  readonly bytes: Uint8Array;
}

/** What a member remembers from one round to the next: flat vectors by name (`LocalState`, `Moments`). */
export type Remembered = ReadonlyMap<string, Float32Array>;

export interface WorkResult {
  readonly header: UpdateHeader;
  /** Empty for an evaluation. */
  readonly sections: readonly EncodedSection[];
}

/** The work was cancelled before it was done. */
export class WorkCancelled extends Error {
  override readonly name = 'WorkCancelled';
}
