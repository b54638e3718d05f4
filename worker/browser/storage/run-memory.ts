import { sha256 } from '../../../shared/protocol/hasher.ts';
import type { EncodedRows } from '../data/messages.ts';

/** A round that this participant took part in. */
export interface DoneRound {
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

const DATABASE = 'tributary';
const RUNS = 'runs';

/** The place of one run in the browser's storage; without storage it forgets everything, and takes part all the same. */
export class RunMemory {
  private constructor(
    private readonly database: IDBDatabase | undefined,
    private readonly key: string,
  ) {}

  /** @param token of the run: the key holds its hash only */
  static async open(coordinator: string, token: string): Promise<RunMemory> {
    const key = await sha256(new TextEncoder().encode(`${coordinator}\n${token}`));
    return new RunMemory(await openDatabase(), key);
  }

  async load(): Promise<Remembered | undefined> {
    return (await this.request('readonly', (runs) => runs.get(this.key))) as Remembered | undefined;
  }

  async loadRows(): Promise<EncodedRows | undefined> {
    return (await this.request('readonly', (runs) => runs.get(this.rowsKey))) as EncodedRows | undefined;
  }

  /** Apart from the rest, which is written every round. */
  async saveRows(rows: EncodedRows): Promise<void> {
    await this.request('readwrite', (runs) => runs.put(rows, this.rowsKey));
  }

  async save(remembered: Remembered): Promise<void> {
    await this.request('readwrite', (runs) => runs.put(remembered, this.key));
  }

  async forget(): Promise<void> {
    await this.request('readwrite', (runs) => runs.delete(this.key));
    await this.request('readwrite', (runs) => runs.delete(this.rowsKey));
  }

  close(): void {
    this.database?.close();
  }

  private get rowsKey(): string {
    return `${this.key}/rows`;
  }

  private request(mode: IDBTransactionMode, make: (runs: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const { database } = this;
    if (!database) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(RUNS, mode);
      const request = make(transaction.objectStore(RUNS));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/** Undefined where the browser keeps nothing, as in some private windows. */
async function openDatabase(): Promise<IDBDatabase | undefined> {
  if (typeof indexedDB === 'undefined') return undefined;
  return new Promise((resolve) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(RUNS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(undefined);
    request.onblocked = () => resolve(undefined);
  });
}
