import type { WorkResult } from '../../worker/trainer/work-order.ts';
import { EngineThread } from './engine-thread.ts';
import type { EngineOptions, Equipment, Task } from './messages.ts';

/** What an engine holds at once: the next task is there when the last one is done, and what is cancelled later is computed in vain. */
const AHEAD = 2;

/** What the pool needs of an engine; a thread, or a test's own. */
export type PoolEngine = Pick<EngineThread, 'equip' | 'work' | 'close'>;

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly task: Task;
  resolve(result: WorkResult | undefined): void;
  reject(error: Error): void;
}

/** A task that may be called off. */
export interface Job {
  /** Undefined when it was called off before it began. */
  readonly result: Promise<WorkResult | undefined>;
  /** It is not wanted any more. */
  cancel(): void;
}

/**
 * A few engines for many participants. What the virtual clock waits for first is computed first; which engine does it makes no
 * difference to its result.
 */
export class EnginePool {
  private readonly waiting: Waiting[] = [];
  private readonly load: number[];
  private count = 0;

  constructor(private readonly engines: readonly PoolEngine[]) {
    this.load = engines.map(() => 0);
  }

  static start(count: number, options: EngineOptions): EnginePool {
    return new EnginePool(Array.from({ length: count }, () => new EngineThread(options)));
  }

  /** @throws EngineError when an engine is not available, or cannot run the model */
  async equip(equipment: Equipment): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.equip(equipment)));
  }

  /** @param due the virtual instant at which the result is wanted */
  submit(task: Task, due: number): Job {
    let waiting: Waiting | undefined;
    const result = new Promise<WorkResult | undefined>((resolve, reject) => {
      waiting = { due, order: this.count++, task, resolve, reject };
      insert(this.waiting, waiting);
    });
    this.hand();
    return {
      result,
      cancel: () => {
        const index = this.waiting.indexOf(waiting!);
        if (index < 0) return;
        this.waiting.splice(index, 1);
        waiting!.resolve(undefined);
      },
    };
  }

  async close(): Promise<void> {
    this.waiting.length = 0;
    await Promise.all(this.engines.map((engine) => engine.close()));
  }

  private hand(): void {
    for (;;) {
      const least = Math.min(...this.load);
      if (least >= AHEAD || this.waiting.length === 0) return;
      const index = this.load.indexOf(least);
      const { task, resolve, reject } = this.waiting.shift()!;
      this.load[index]! += 1;
      const done = (): void => {
        this.load[index]! -= 1;
        this.hand();
      };
      this.engines[index]!.work(task).then(
        (result) => {
          done();
          resolve(result);
        },
        (error: Error) => {
          done();
          reject(error);
        },
      );
    }
  }
}

/** Into a list sorted by due time, then by order of asking. */
function insert(list: Waiting[], entry: Waiting): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.due <= entry.due) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, entry);
}
