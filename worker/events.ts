import type { EngineInfo } from '../engines/engine.ts';
import type { UsedPrecision } from '../shared/programs/precision.ts';
import type { Work } from '../shared/protocol/assignment.ts';
import type { FinalRefusal } from '../shared/protocol/member-session.ts';
import type { FinishedReason, UploadStatus, Welcome } from '../shared/protocol/messages.ts';

/** What leaves a participant, for a record of its own. */
export interface OutgoingUpdate {
  readonly id: string;
  readonly round: number;
  readonly work: Work;
  /** Rows that it was computed from. */
  readonly examples: number;
  /** Names of the sums that it carries. */
  readonly sums: readonly string[];
  readonly sections: readonly { readonly name: string; readonly codec: string; readonly bytes: number }[];
  readonly bytes: number;
  /** SHA-256 (hex) of the bytes. */
  readonly hash: string;
}

/** What a member tells whoever watches it. */
export type MemberEvents = {
  /** The engine is there; nothing is asked of the network yet. */
  engine: [info: EngineInfo];
  joined: [welcome: Welcome];
  /** Frozen weights come apart from their model: so many bytes of them are here. */
  fetching: [progress: { readonly bytes: number; readonly of: number }];
  /** Model, recipe and programs are there: assignments can be done at full speed. */
  ready: [
    facts: {
      /** Of a vector of weights, with what pads its tensors. */
      readonly floats: number;
      /** Numbers that are trained, where the model was inspected. */
      readonly trainable?: number;
      readonly rows: number;
      readonly ownCopy: boolean;
      /** What it trains in, where the job asks for mixed precision. */
      readonly precision?: UsedPrecision;
    },
  ];
  started: [assignment: { readonly id: string; readonly round: number; readonly work: Work }];
  done: [
    assignment: {
      readonly id: string;
      readonly round: number;
      readonly status: UploadStatus;
      readonly examples: number;
      readonly computeMs: number;
      readonly work: Work;
      /** Loss and metrics, as sums over the examples. */
      readonly sums: Readonly<Record<string, number>>;
    },
  ];
  /** An update of a participant leaves. */
  sending: [update: OutgoingUpdate];
  /** What it remembered of the run is gone, and it begins anew: what the coordinator counts of it does not match for a while. */
  forgot: [counted: string];
  failed: [assignment: { readonly id: string; readonly message: string }];
  cancelled: [assignment: { readonly id: string; readonly reason: string }];
  committed: [version: number];
  disconnected: [reason: string, retryInMs: number];
  /** Enough participants have answered the survey: it comes back for the run. */
  surveyed: [];
  /** @param cause what this side found wrong; undefined when the coordinator, or the connection, refused */
  refused: [refusal: FinalRefusal, cause?: Error];
  finished: [
    outcome: {
      readonly reason: FinishedReason | 'left';
      readonly message: string;
      /** The model with the last weights, as an ONNX file, where it was asked for and the coordinator had some to give. */
      readonly model?: Uint8Array;
    },
  ];
  /** Everything is let go of: the process may end. */
  closed: [];
};
