import type { RoundConfig } from '../coordinator/rounds/config.ts';
import type { Piece } from '../coordinator/rounds/state.ts';
import type { Assignment, CommitSnapshot, Effect, MemberId, Work } from '../coordinator/rounds/types.ts';

/** A rule of the round core was broken. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

interface Entry {
  readonly round: number;
  readonly work: Work;
}

/** What a disk would hold. */
export interface Durable {
  readonly snapshot: CommitSnapshot;
  /** Entries of the history that are in it. */
  readonly length: number;
}

/**
 * Plays the shell's memory and disk, and checks every effect against the promises: each piece of work counted once, in order, by an
 * assignment that was really given; each staged update freed once; versions and commits one at a time.
 */
export class Ledger {
  /** Everything that is in the weights, oldest first. */
  readonly history: Entry[] = [];
  durable: Durable | undefined;
  private readonly issued = new Map<string, Assignment>();
  private readonly held = new Map<MemberId, string>();
  private staged = new Map<string, number>();
  private sums: Entry[] = [];
  private lastOrder = -1;
  private version = 0;
  private stepping = false;
  private writing: Durable | undefined;

  constructor(private readonly config: Pick<RoundConfig, 'examples' | 'testExamples' | 'strategy'>) {}

  /** An update's bytes are in memory. */
  arrive(assignment: string, member: MemberId): void {
    this.staged.set(assignment, (this.staged.get(assignment) ?? 0) + 1);
    this.release(member, assignment);
  }

  /** The member has nothing in hand any more, as far as the coordinator knows. */
  release(member: MemberId, assignment?: string): void {
    if (assignment === undefined || this.held.get(member) === assignment) this.held.delete(member);
  }

  apply(effect: Effect): void {
    switch (effect.type) {
      case 'assign':
        this.assign(effect.assignment);
        break;
      case 'cancel':
        this.release(effect.member, effect.assignment);
        break;
      case 'add':
        this.add(effect.assignment, effect.round, effect.weight);
        break;
      case 'counted':
      case 'discard':
        this.free(effect.assignment);
        break;
      case 'step':
        this.step(effect.version, effect.step.divisor);
        break;
      case 'commit':
        this.commit(effect.checkpoint);
        break;
      case 'evaluated':
        this.evaluated(effect.examples, effect.sums);
        break;
      case 'finished':
        this.hold(this.writing === undefined, 'the run finished while a commit was under way');
        this.noneLeft();
        break;
      default:
    }
  }

  /** The step was carried out. */
  stepped(): void {
    this.stepping = false;
    this.version++;
    this.history.push(...this.sums);
    this.sums = [];
    this.lastOrder = -1;
  }

  /** The commit reached the disk. */
  written(): void {
    this.durable = this.writing ?? this.durable;
    this.writing = undefined;
  }

  /** The process died: memory is gone; a commit under way may or may not have reached the disk. */
  crash(reachedDisk: boolean): void {
    if (reachedDisk) this.written();
    this.writing = undefined;
    this.history.length = this.durable?.length ?? 0;
    this.version = this.durable?.snapshot.version ?? 0;
    this.stepping = false;
    this.sums = [];
    this.lastOrder = -1;
    this.staged = new Map();
    this.held.clear();
  }

  hold(condition: boolean, what: string): asserts condition {
    if (!condition) throw new InvariantError(what);
  }

  private assign(assignment: Assignment): void {
    const { id, member } = assignment;
    this.hold(!this.issued.has(id), `assignment ${id} was given out twice`);
    this.hold(!this.held.has(member), `${member} was given ${id} while it holds ${this.held.get(member)}`);
    this.hold(
      assignment.version === this.version,
      `${id} starts from version ${assignment.version}, not ${this.version}`,
    );
    this.hold(!this.stepping, `${id} was given out during a step`);
    this.issued.set(id, assignment);
    this.held.set(member, id);
  }

  private add(id: string, round: number, weight: number): void {
    const assignment = this.issued.get(id);
    this.hold(assignment !== undefined, `${id} was added but never given out`);
    this.hold(!this.stepping, `${id} was added during a step`);
    this.hold(Number.isFinite(weight), `${id} was added with weight ${weight}`);
    if (this.config.strategy.summation === 'position') {
      this.hold(assignment.order > this.lastOrder, `${id} was added out of order`);
      this.lastOrder = assignment.order;
    }
    this.free(id);
    this.sums.push({ round, work: assignment.work });
  }

  private free(id: string): void {
    const count = this.staged.get(id) ?? 0;
    this.hold(count > 0, `${id} was freed but is not staged`);
    if (count === 1) this.staged.delete(id);
    else this.staged.set(id, count - 1);
  }

  private step(version: number, divisor: number): void {
    this.hold(!this.stepping, 'two steps at once');
    this.hold(version === this.version + 1, `version ${version} follows on ${this.version}`);
    this.hold(this.sums.length > 0 && divisor > 0, `step ${version} of nothing`);
    this.stepping = true;
  }

  private commit(snapshot: CommitSnapshot): void {
    this.hold(this.writing === undefined, 'two commits at once');
    this.hold(!this.stepping, 'a commit during a step');
    this.hold(snapshot.version === this.version, `commit of ${snapshot.version} at version ${this.version}`);
    this.hold((this.history.at(-1)?.round ?? -1) < snapshot.round, 'a commit lacks a round');
    this.hold((this.sums[0]?.round ?? snapshot.round) >= snapshot.round, 'a commit claims a round');
    const { pending } = snapshot.state as { pending: readonly Piece[] };
    this.checkCoverage(
      snapshot,
      pending.map((piece) => piece.work),
    );
    this.writing = { snapshot, length: this.history.length };
  }

  /** Every position before the cursor is in the weights once, or still to come: not both, not twice, and nothing beyond. */
  private checkCoverage({ cursor }: CommitSnapshot, pending: readonly Work[]): void {
    const { examples } = this.config;
    const counts = new Uint8Array((cursor.epoch + 1) * examples);
    for (const work of [...this.history.map((entry) => entry.work), ...pending]) {
      if (work.kind !== 'gradient' && work.kind !== 'local') continue;
      this.hold(work.epoch <= cursor.epoch, `epoch ${work.epoch} is counted at epoch ${cursor.epoch}`);
      for (let i = work.start; i < work.end; i++) {
        const place = work.epoch * examples + i;
        counts[place] = (counts[place] ?? 0) + 1;
      }
    }
    const planned = cursor.epoch * examples + cursor.position;
    for (const [place, count] of counts.entries()) {
      const wanted = place < planned ? 1 : 0;
      const where = `position ${place % examples} of epoch ${Math.floor(place / examples)}`;
      this.hold(count === wanted, `${where} is counted ${count} times, not ${wanted}`);
    }
  }

  private evaluated(examples: number, sums: Readonly<Record<string, number>>): void {
    const { testExamples } = this.config;
    this.hold(examples === testExamples, `${examples} of ${testExamples} rows were evaluated`);
    const rows = (testExamples * (testExamples - 1)) / 2;
    this.hold(sums['rows'] === rows, 'a row was evaluated twice');
  }

  private noneLeft(): void {
    const left = [...this.staged.keys()];
    this.hold(left.length === 0, `updates are staged for ever: ${left.join(', ')}`);
  }
}
