import type { Engine } from '../../engines/engine.ts';
import { openFile } from '../../node/files/model-file.ts';
import { freeMemory } from '../../node/free-memory.ts';
import { Trainer } from '../../worker/trainer/trainer.ts';
import type { WorkResult } from '../../worker/trainer/work-order.ts';
import type { Equipment, Task } from './messages.ts';
import { readState, writeState } from './remembered.ts';
import { blocksOf } from './shared-table.ts';

const PLATFORM = { freeMemory, openFile };

/**
 * One engine that virtual participants use in turn: one set of compiled programs and of vectors, whoever's rows they run on. What one
 * leaves behind the next one does not see.
 */
export class Desk {
  private constructor(
    private readonly members: Trainer,
    private readonly coordinator: Trainer,
  ) {}

  static async equip(engine: Engine, { setup, members, heldOut }: Equipment): Promise<Desk> {
    const trainer = Trainer.create(
      engine,
      { ...setup, manifest: members.manifest },
      blocksOf(members),
      PLATFORM,
    );
    await trainer.warmUp();
    if (!heldOut) return new Desk(trainer, trainer);
    return new Desk(
      trainer,
      Trainer.create(engine, { ...setup, manifest: heldOut.manifest }, blocksOf(heldOut), PLATFORM),
    );
  }

  async work({ rows, order, vectors, state }: Task): Promise<WorkResult> {
    const trainer = rows === 'coordinator' ? this.coordinator : this.members;
    trainer.context.loader.show(rows === 'coordinator' ? undefined : rows);
    trainer.restore(readState(state?.before));
    for (const vector of vectors) trainer.set(vector);
    const result = await trainer.execute(order, never);
    if (state && trainer.leaves(order.work)) writeState(state.after, trainer.snapshot());
    return result;
  }

  close(): Promise<void> {
    return this.members.close();
  }
}

function never(): boolean {
  return false;
}
