import type { EngineInfo } from '../../engines/engine.ts';
import type { UsedPrecision } from '../../shared/programs/precision.ts';
import type { Blocks } from '../data/blocks.ts';
import type { TakenFrom } from './export-model.ts';
import type { PackedResult } from './packed.ts';
import type { TrainerSetup } from './trainer.ts';
import type { Remembered, SentReference, SentVector, WorkOrder } from './work-order.ts';

/** What the member asks of its trainer. Each request is answered by one response with the same id. */
export type Request =
  | { readonly type: 'info' }
  | { readonly type: 'prepare'; readonly setup: TrainerSetup; readonly blocks: Blocks }
  | { readonly type: 'blocks'; readonly work: WorkOrder['work'] }
  /** A block of rows for a trainer that keeps them itself; its memory is given away. */
  | { readonly type: 'give'; readonly block: number; readonly bytes: Uint8Array }
  | {
      readonly type: 'execute';
      readonly order: WorkOrder;
      /** What is to be set first; their memory is given away. */
      readonly vectors: readonly SentVector[];
      /** The weights, where they are not among the vectors; their memory is given away, too. */
      readonly reference?: SentReference | undefined;
      readonly sequence: number;
      /** What it is to remember instead of what it does. */
      readonly remembered?: Remembered | undefined;
      /** Whether to say afterwards what it remembers then. */
      readonly recall?: boolean;
      /** Whether to hash what leaves. */
      readonly hash?: boolean;
    }
  /** The model with the run's last weights, as an ONNX file. */
  | { readonly type: 'take'; readonly weights: SentVector; readonly from: TakenFrom }
  | { readonly type: 'close' };

export interface Responses {
  readonly info: EngineInfo;
  readonly prepare: { readonly floats: number; readonly precision?: UsedPrecision };
  readonly blocks: readonly number[];
  readonly give: undefined;
  readonly execute: PackedResult & { readonly remembered?: Remembered };
  readonly take: Uint8Array;
  readonly close: undefined;
}

export interface Envelope {
  readonly id: number;
  readonly request: Request;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly name: string; readonly message: string };
