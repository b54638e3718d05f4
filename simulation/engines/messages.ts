import type { EngineName } from '../../engines/create.ts';
import type { RowView } from '../../worker/trainer/batch-loader.ts';
import type { TrainerSetup } from '../../worker/trainer/trainer.ts';
import type { SentVector, WorkOrder, WorkResult } from '../../worker/trainer/work-order.ts';
import type { StateFiles } from './remembered.ts';
import type { SharedTable } from './shared-table.ts';

export interface EngineOptions {
  readonly engine: EngineName;
  /** Of each engine. One by default: virtual participants side by side use the cores better than one with all of them. */
  readonly threads: number;
}

/** What all virtual participants have in common, as it came over the wire, and their rows. */
export interface Equipment {
  readonly setup: Pick<TrainerSetup, 'model' | 'recipe' | 'frozen'>;
  readonly members: SharedTable;
  /** The coordinator's own rows, where they are another table. */
  readonly heldOut?: SharedTable | undefined;
}

/** Work of a virtual participant, or of the coordinator's own member on the coordinator's rows. */
export interface Task {
  readonly rows: RowView | 'coordinator';
  readonly order: WorkOrder;
  /** What it starts from; their memory is given away. */
  readonly vectors: readonly SentVector[];
  /** Where the participant remembers something from round to round. */
  readonly state?: StateFiles | undefined;
}

export type Request =
  | { readonly type: 'equip'; readonly id: number; readonly equipment: Equipment }
  | { readonly type: 'work'; readonly id: number; readonly task: Task }
  | { readonly type: 'close'; readonly id: number };

export type Reply =
  | { readonly id: number; readonly ok: true; readonly result?: WorkResult }
  | { readonly id: number; readonly ok: false; readonly message: string };
