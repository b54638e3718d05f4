import type { AssignmentId } from '../../../shared/protocol/assignment.ts';
import { type OpenStates, STATES_KEPT, type StateStore, StatesInMemory } from '../../memory/state-store.ts';
import type { Remembered } from '../../trainer/work-order.ts';
import { below, type PageDatabase, STATES } from './database.ts';

/** Keeps what a participant remembers of each run, for each set of rows, in the browser. */
export function statesIn(database: PageDatabase): OpenStates {
  return async (run, rowsHash) =>
    database.keeps ? StatesInPage.open(database, run, rowsHash) : new StatesInMemory();
}

/** Forgets what was remembered of a run. */
export function forgetStates(database: PageDatabase, run: string): Promise<void> {
  return database.keeps ? database.delete(STATES, below([run])) : Promise.resolve();
}

/** A record for each state, under [run, hash of the rows, number, assignment]: a reload finds the one that the coordinator counted. */
export class StatesInPage implements StateStore {
  private constructor(
    private readonly database: PageDatabase,
    private readonly place: readonly string[],
    /** Of those that are there, oldest first. */
    private keys: (readonly [string, string, number, AssignmentId])[],
  ) {}

  static async open(database: PageDatabase, run: string, rowsHash: string): Promise<StatesInPage> {
    const keys = await database.keys(STATES, [run, rowsHash]);
    return new StatesInPage(database, [run, rowsHash], keys as [string, string, number, AssignmentId][]);
  }

  async read(assignment: AssignmentId): Promise<Remembered | undefined> {
    const key = this.keys.filter((one) => one[3] === assignment).at(-1);
    return key && this.database.get<Remembered>(STATES, [...key]);
  }

  async write(assignment: AssignmentId, state: Remembered, needed: readonly AssignmentId[]): Promise<void> {
    const [run, rows] = this.place as [string, string];
    const key = [run, rows, (this.keys.at(-1)?.[2] ?? 0) + 1, assignment] as const;
    await this.database.put(STATES, [...key], state);
    const kept = this.keys.filter((one) => one[3] !== assignment);
    const newest = [...kept, key].slice(-STATES_KEPT);
    const old = this.keys.filter(
      (one) => !newest.includes(one) && (!needed.includes(one[3]) || one[3] === assignment),
    );
    for (const one of old) await this.database.delete(STATES, [...one]);
    this.keys = [...this.keys.filter((one) => !old.includes(one)), key];
  }
}
