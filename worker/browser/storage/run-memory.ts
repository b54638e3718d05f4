import { sha256 } from '../../../shared/protocol/hasher.ts';
import type { EncodedRows } from '../data/messages.ts';
import { PageDatabase, RUNS } from './database.ts';
import { forgetStates } from './states-in-page.ts';

/** A round that this participant took part in. */
export interface DoneRound {
  /** Counted from 0. */
  readonly round: number;
  /** Mean over its own examples, before the weights were aggregated. */
  readonly loss: number;
  readonly examples: number;
}

/** What a page keeps of a run, to go on after a reload where it was. It stays in this browser. */
export interface Remembered {
  /** Proves to the coordinator that it is the same member. */
  readonly resumeToken: string;
  /** Model, recipe and form of the rows that were agreed to, by their hashes. */
  readonly agreed?: string | undefined;
  readonly rounds: readonly DoneRound[];
  readonly traffic: { readonly sent: number; readonly received: number };
  readonly paused: boolean;
}

/** The place of one run in the browser's storage. */
export class RunMemory {
  private constructor(
    readonly database: PageDatabase,
    private readonly key: string,
  ) {}

  /** @param token of the run: the key holds its hash only */
  static async open(coordinator: string, token: string): Promise<RunMemory> {
    const key = await sha256(new TextEncoder().encode(`${coordinator}\n${token}`));
    return new RunMemory(await PageDatabase.open(), key);
  }

  load(): Promise<Remembered | undefined> {
    return this.database.get<Remembered>(RUNS, this.key);
  }

  loadRows(): Promise<EncodedRows | undefined> {
    return this.database.get<EncodedRows>(RUNS, this.rowsKey);
  }

  /** Apart from the rest, which is written every round. */
  saveRows(rows: EncodedRows): Promise<void> {
    return this.database.put(RUNS, this.rowsKey, rows);
  }

  save(remembered: Remembered): Promise<void> {
    return this.database.put(RUNS, this.key, remembered);
  }

  /** @param run whose rounds are forgotten too */
  async forget(run: string | undefined): Promise<void> {
    await this.database.delete(RUNS, this.key);
    await this.database.delete(RUNS, this.rowsKey);
    if (run !== undefined) await forgetStates(this.database, run);
  }

  private get rowsKey(): string {
    return `${this.key}/rows`;
  }
}
