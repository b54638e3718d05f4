import type { Life } from '../coordinator/store/lives.ts';
import type {
  BookEntry,
  Checkpoint,
  CommittedVersion,
  EvaluationRecord,
  OpenCheckpoint,
  RoundRow,
  RunRecord,
  RunStore,
} from '../coordinator/store/store.ts';
import { float32 } from '../shared/onnx/tensor.ts';

/** What a simulated disk holds: it outlives the coordinators that write to it. */
export class MemoryDisk {
  readonly versions: { committed: CommittedVersion; checkpoint: Checkpoint }[] = [];
  books: BookEntry[] = [];
  readonly evaluations: EvaluationRecord[] = [];
  readonly rounds: RoundRow[] = [];
  readonly lives = new Map<number, Life>();
  run: RunRecord = {
    id: 'simulated',
    name: 'simulated',
    createdAt: 0,
    jobText: '',
    jobHash: '',
    dataHash: '',
    status: 'running',
    message: '',
    incarnation: 0,
  };

  /** Opens the run for its next incarnation; updates that no commit contains are rolled back. */
  open(): MemoryStore {
    this.run = { ...this.run, incarnation: this.run.incarnation + 1 };
    this.books = this.books.map((entry) =>
      entry.status === 'added' ? { ...entry, status: 'rolled-back' } : entry,
    );
    return new MemoryStore(this);
  }
}

/** The store's contract in memory. After `kill` nothing reaches the disk any more, as after `kill -9`. */
export class MemoryStore implements RunStore {
  readonly directory = 'memory';
  private alive = true;

  constructor(private readonly disk: MemoryDisk) {}

  kill(): void {
    this.alive = false;
  }

  get run(): RunRecord {
    return this.disk.run;
  }

  commit(checkpoint: Checkpoint, updates: readonly BookEntry[]): Promise<CommittedVersion> {
    // A process that is dead hears of no success, and of no failure.
    if (!this.alive) return new Promise(() => undefined);
    const { version, round, metrics } = checkpoint;
    const { incarnation } = this.run;
    const committed = { incarnation, version, round, hash: '', file: '', at: 0, metrics };
    this.disk.versions.push({ committed, checkpoint });
    this.disk.books.push(...updates.map((entry) => ({ ...entry, status: 'committed' as const })));
    return Promise.resolve(committed);
  }

  book(entries: readonly BookEntry[]): void {
    if (this.alive) this.disk.books.push(...entries);
  }

  recordEvaluation(record: EvaluationRecord): void {
    if (this.alive) this.disk.evaluations.push(record);
  }

  recordRounds(rows: readonly RoundRow[]): void {
    if (this.alive) this.disk.rounds.push(...rows);
  }

  recordLife(life: Life): void {
    if (this.alive) this.disk.lives.set(life.incarnation, life);
  }

  lives(): readonly Life[] {
    return [...this.disk.lives.values()];
  }

  finish(status: RunRecord['status'], message: string): void {
    if (this.alive) this.disk.run = { ...this.run, status, message };
  }

  async latest(): Promise<
    { committed: CommittedVersion; checkpoint: Checkpoint; damaged: readonly string[] } | undefined
  > {
    const newest = this.disk.versions.at(-1);
    return newest && { ...newest, damaged: [] };
  }

  async openLatest(): Promise<
    { committed: CommittedVersion; checkpoint: OpenCheckpoint; damaged: readonly string[] } | undefined
  > {
    const newest = this.disk.versions.at(-1);
    if (!newest) return undefined;
    const vectors = newest.checkpoint.vectors.map(
      ({ name, data }) => [name, float32([data.length], data)] as const,
    );
    const checkpoint = { ...newest.checkpoint, vectors: new Map(vectors), close: async () => {} };
    return { ...newest, checkpoint, damaged: [] };
  }

  withdraw(version: number): CommittedVersion | undefined {
    const newest = this.disk.versions.at(-1);
    if (this.alive && newest?.committed.version === version && this.disk.versions.length > 1) {
      this.disk.versions.pop();
    }
    return this.disk.versions.at(-1)?.committed;
  }

  versions(): readonly CommittedVersion[] {
    return this.disk.versions.map(({ committed }) => committed);
  }

  evaluations(): readonly EvaluationRecord[] {
    return this.disk.evaluations;
  }

  rounds(): readonly RoundRow[] {
    return this.disk.rounds;
  }

  books(): readonly BookEntry[] {
    return this.disk.books;
  }

  lastCommitted(): ReadonlyMap<string, string> {
    const committed = this.disk.books.filter(({ status }) => status === 'committed');
    return new Map(committed.map(({ member, assignment }) => [member, assignment]));
  }

  close(): void {
    this.alive = false;
  }
}
