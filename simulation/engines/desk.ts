import type { Engine } from '../../engines/engine.ts';
import { Trainer } from '../../worker/trainer/trainer.ts';
import type { WorkResult } from '../../worker/trainer/work-order.ts';
import type { Equipment, Task } from './messages.ts';
import { blocksOf } from './shared-table.ts';

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
    const trainer = Trainer.create(engine, { ...setup, manifest: members.manifest }, blocksOf(members));
    await trainer.warmUp();
    if (!heldOut) return new Desk(trainer, trainer);
    return new Desk(
      trainer,
      Trainer.create(engine, { ...setup, manifest: heldOut.manifest }, blocksOf(heldOut)),
    );
  }

  async work({ rows, order, vectors }: Task): Promise<WorkResult> {
    if (order.sections.length > 0 || order.local.length > 0) {
      throw new Error('strategies whose participants keep something from round to round are not simulated');
    }
    const trainer = rows === 'coordinator' ? this.coordinator : this.members;
    trainer.context.loader.show(rows === 'coordinator' ? undefined : rows);
    for (const vector of vectors) trainer.set(vector);
    return trainer.execute(order, never);
  }

  close(): Promise<void> {
    return this.members.close();
  }
}

function never(): boolean {
  return false;
}
