import type { DenseCodec, Encoding, SectionCodec, UpdateCodec } from '../parameters/codecs/update-codec.ts';
import type { DeltaCodec } from '../parameters/reference.ts';
import type { Assignment, AssignmentId, DiscardReason, MemberId, UpdateHeader } from './assignment.ts';
import type { BlobId } from './blob-id.ts';

/** The messages of the wire as the rest of the system sees them: validated, plain values. */
export type Message =
  | ({ readonly type: 'hello' } & Hello)
  | ({ readonly type: 'welcome'; readonly protocol: number; readonly now: number } & Welcome)
  | ({ readonly type: 'refuse'; readonly protocol: number } & Refusal)
  | ({ readonly type: 'assign' } & AssignmentMessage)
  | { readonly type: 'cancel'; readonly assignment: AssignmentId; readonly reason: string }
  | ({ readonly type: 'failed' } & Failure)
  | { readonly type: 'committed'; readonly version: number }
  | ({ readonly type: 'finished' } & Finished)
  | { readonly type: 'leaving'; readonly reason: string }
  | ({ readonly type: 'ready'; readonly assignments: readonly AssignmentId[] } & OwnRows)
  | { readonly type: 'heartbeat'; readonly sent: number }
  | { readonly type: 'heartbeat-ack'; readonly sent: number; readonly now: number }
  | { readonly type: 'want'; readonly id: BlobId; readonly offset: number }
  | { readonly type: 'unavailable'; readonly id: BlobId; readonly message: string }
  | {
      readonly type: 'offer';
      readonly transfer: number;
      readonly size: number;
      readonly content: BlobContent | UpdateContent;
    }
  | { readonly type: 'accept'; readonly transfer: number; readonly offset: number; readonly limit: number }
  | ChunkMessage
  | { readonly type: 'credit'; readonly transfer: number; readonly limit: number }
  | {
      readonly type: 'done';
      readonly transfer: number;
      readonly status: DoneStatus;
      readonly message: string;
    }
  | { readonly type: 'abort'; readonly transfer: number; readonly message: string }
  | ({ readonly type: 'acknowledge' } & UploadId & {
        readonly status: UploadStatus;
        readonly message: string;
      });

export interface ChunkMessage {
  readonly type: 'chunk';
  readonly transfer: number;
  readonly offset: number;
  /** Undefined where the transport checks every byte by itself. */
  readonly crc32: number | undefined;
  readonly data: Uint8Array;
}

/** Encoding of float vectors on the wire. */
export type WireCodec = UpdateCodec;

export interface Capabilities {
  /** Name of the engine, such as `onnxruntime-node`. */
  readonly engine: string;
  /** Its execution provider, such as `cpu` or `webgpu`. */
  readonly provider: string;
  readonly threads: number;
  readonly codecs: readonly WireCodec[];
  /** It has rows of its own, which stay with it: a federated participant. */
  readonly ownData: boolean;
  /** Hash of the dataset that it already holds; empty for none. */
  readonly dataHash: string;
  /** It keeps the weights that it was sent, and takes the next ones as deltas. */
  readonly deltas?: boolean;
  /** How its engine computes in float16; undefined where it does not. */
  readonly float16?: 'native' | 'emulated';
}

/** How many rows of its own a participant has. */
export interface OwnRows {
  /** That it trains on. */
  readonly examples: number;
  /** That it evaluates with. */
  readonly heldOut: number;
}

/** A member's introduction. */
export interface Hello {
  readonly protocol: number;
  readonly token: string;
  readonly name: string;
  /** From an earlier Welcome; empty at the first time. */
  readonly resumeToken: string;
  /** Version of the member's program. */
  readonly version: string;
  readonly capabilities: Capabilities;
  /** Bytes of one transfer that may be under way to this member without further credit. */
  readonly window: number;
  /** Its transport does not check what arrives: chunks need checksums. */
  readonly checksums: boolean;
  /** Id of the weights that it keeps for the next deltas. */
  readonly holds?: BlobId;
}

/** The coordinator's answer to a Hello that it takes. */
export interface Welcome {
  readonly run: string;
  readonly runName: string;
  readonly incarnation: number;
  readonly member: MemberId;
  readonly resumeToken: string;
  readonly heartbeatMs: number;
  readonly chunkBytes: number;
  /** SHA-256 (hex) by name: `model` (the forward graph), `recipe`, `manifest`. */
  readonly blobs: Readonly<Record<string, string>>;
  /** The coordinator's transport does not check what arrives: chunks need checksums. */
  readonly checksums: boolean;
}

/** The end of the run. */
export interface Finished {
  readonly reason: FinishedReason;
  readonly message: string;
  /** The last weights, which may still be fetched for a while. */
  readonly weights?: { readonly id: BlobId; readonly codec: DenseCodec } | undefined;
}

export type RefusalCode = 'token' | 'version' | 'full' | 'finished' | 'banned' | 'invalid';

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

/** An assignment, with what to fetch for it. */
export type AssignmentMessage = Omit<Assignment, 'member'> & {
  /** Of the coordinator that gave it: assignments of an earlier one are void. */
  readonly incarnation: number;
  /** Id of the encoded weights of `version` (`blob-id.ts`). */
  readonly weights: string;
  /** Where weights travel as deltas (`shared/parameters/reference.ts`): `weights` are to be kept for the next ones. */
  readonly reference?: {
    readonly codec: DeltaCodec;
    /** Ids of weights from which deltas lead to `weights`, oldest first: each to the next, the last to `weights`. */
    readonly bases: readonly BlobId[];
  };
  /** Ids of the encoded server vectors that `terms.corrections` and `choices` name. */
  readonly vectors: Readonly<Record<string, string>>;
  /** Of weights and vectors, and of the sections of the update beside `parameters`. */
  readonly codec: DenseCodec;
  /** Asked of the update's `parameters`; as `codec` when left out. */
  readonly encoding?: Encoding;
  /** How its other sections are to be encoded; as the weights when left out. */
  readonly sectionCodec?: SectionCodec;
  /** Bytes of the update that may be sent behind its offer at once: room is kept for them. */
  readonly uploadCredit: number;
};

export interface Failure {
  readonly assignment: AssignmentId;
  readonly incarnation: number;
  readonly reason: string;
}

export type FinishedReason = 'completed' | 'early-stopping' | 'stopped' | 'diverged';

export interface BlobContent {
  readonly kind: 'blob';
  readonly id: BlobId;
  readonly offset: number;
}

/** An upload's id: work that was handed out is counted once, whoever sends it how often. */
export interface UploadId {
  readonly run: string;
  readonly incarnation: number;
  readonly assignment: AssignmentId;
}

/** One vector of a payload, which is the sections' bytes one behind the other. */
export interface PayloadSection {
  readonly name: string;
  readonly codec: WireCodec;
  readonly floats: number;
  readonly bytes: number;
}

export interface UpdateContent extends UploadId {
  readonly kind: 'update';
  /** Tells this payload from another one under the same id. */
  readonly nonce: number;
  /** Bytes that follow at once, as the assignment allowed. */
  readonly credit: number;
  readonly header: UpdateHeader;
  readonly sections: readonly PayloadSection[];
}

/** What a member hands in with a payload. `header.sections` is taken from `sections`. */
export interface UpdateMessage {
  readonly assignment: AssignmentId;
  readonly incarnation: number;
  readonly header: Omit<UpdateHeader, 'sections'>;
  readonly sections: readonly PayloadSection[];
  /** The assignment's `uploadCredit`. */
  readonly credit: number;
}

export type DoneStatus = 'ok' | 'unwanted' | 'corrupt' | 'too-large';

export type UploadStatus = 'received' | DiscardReason;
