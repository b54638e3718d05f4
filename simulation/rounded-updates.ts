import type { AssignmentId } from '../shared/protocol/assignment.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import { Recollection } from '../worker/memory/recollection.ts';
import { STEPS_KEPT, StatesInMemory } from '../worker/memory/state-store.ts';

/** One update as its member made it. */
export interface Rounded {
  readonly id: AssignmentId;
  /** The one whose residual it went on from; empty for none. */
  readonly from: AssignmentId;
  readonly computed: Float32Array;
  readonly sent: Float32Array;
  /** What stayed: that of `from` + computed − sent. */
  readonly residual: Float32Array;
}

const STEP = 4;
const RESIDUAL = 'residual.parameters';

/**
 * A lossy encoding in whole numbers, with error feedback: what is sent is the multiple of 4 next to update + residual. So that all
 * sums stay exact, and books and residuals can be compared number by number.
 */
export class RoundedUpdates {
  private readonly recollection = new Recollection(new StatesInMemory(STEPS_KEPT), (counted) => {
    throw new Error(`what ${counted} left is not remembered`);
  });
  private residual: Float32Array | undefined;

  constructor(private readonly record: (update: Rounded) => void) {}

  async encode({ id, counted, kept }: AssignmentMessage, computed: Float32Array): Promise<Float32Array> {
    if (counted === undefined) throw new Error('the assignment does not say which update counted');
    const remembered = await this.recollection.before(counted, kept);
    if (remembered) this.residual = remembered.get(RESIDUAL);
    const before = this.residual ?? new Float32Array(computed.length);
    const sent = computed.map((value, i) => STEP * Math.round((value + before[i]!) / STEP));
    const residual = computed.map((value, i) => value + before[i]! - sent[i]!);
    this.residual = residual;
    await this.recollection.after(id, new Map([[RESIDUAL, residual]]));
    this.record({ id, from: counted, computed, sent, residual });
    return sent;
  }
}
