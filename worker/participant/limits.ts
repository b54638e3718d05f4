import { spelledBytes } from '../../shared/onnx/inspect/plain.ts';
import type { Work } from '../../shared/protocol/assignment.ts';
import type { Hours } from './hours.ts';

/** What a participant limits itself to. */
export interface LimitOptions {
  /** Rounds that it trains in. */
  readonly maxRounds?: number | undefined;
  /** Bytes of all its updates. */
  readonly maxUpload?: number | undefined;
  /** Bytes of a model and of the frozen weights that come apart from it; those of DEFAULT_INSPECTION_LIMITS where left out. */
  readonly maxModel?: number | undefined;
  readonly hours?: Hours | undefined;
}

/** What of it is spent, by all processes of the participant in this run. */
export interface Spent {
  readonly rounds: number;
  readonly bytes: number;
}

/** A limit that was reached: for good, or until its hours begin again. */
export interface Reached {
  readonly reason: string;
  readonly comesBack: boolean;
}

/** Holds a participant to its own limits: it leaves before one is passed. */
export class Limits {
  private rounds: number;
  private bytes: number;
  /** Of the last update of each kind of work: what the next one is expected to take. */
  private readonly lastBytes = new Map<Work['kind'], number>();
  private longestMs = 0;

  constructor(
    readonly options: LimitOptions,
    spent: Spent,
  ) {
    this.rounds = spent.rounds;
    this.bytes = spent.bytes;
  }

  get spent(): Spent {
    return { rounds: this.rounds, bytes: this.bytes };
  }

  /** Whether all that it allows itself is spent. */
  spentUp(): Reached | undefined {
    const { maxRounds } = this.options;
    if (maxRounds === undefined || this.rounds < maxRounds) return undefined;
    const rounds = maxRounds === 1 ? 'the one round' : `the ${maxRounds} rounds`;
    return { reason: `this participant has trained in ${rounds} that it allows itself`, comesBack: false };
  }

  /** Whether work must not be begun. */
  beforeWork(work: Work, now: Date): Reached | undefined {
    const { hours } = this.options;
    const spent = work.kind === 'own' ? this.spentUp() : undefined;
    if (spent) return spent;
    const end = hours?.nextEnd(now);
    if (hours && end && (!hours.contains(now) || now.getTime() + this.longestMs > end.getTime())) {
      return { reason: `this participant’s hours (${hours.text}) are over`, comesBack: true };
    }
    return this.tooMuch(this.lastBytes.get(work.kind) ?? 0);
  }

  /** Whether an update must not leave. */
  beforeSending(bytes: number): Reached | undefined {
    return this.tooMuch(bytes);
  }

  /** An update leaves. */
  sends(work: Work, bytes: number): void {
    this.bytes += bytes;
    this.lastBytes.set(work.kind, bytes);
    if (work.kind === 'own') this.rounds++;
  }

  /** Work of this length was done. */
  took(milliseconds: number): void {
    this.longestMs = Math.max(this.longestMs, milliseconds);
  }

  private tooMuch(more: number): Reached | undefined {
    const { maxUpload } = this.options;
    if (maxUpload === undefined || this.bytes + more <= maxUpload) return undefined;
    const reason = `another update would be more than the ${spelledBytes(maxUpload)} that this participant allows itself to send`;
    return { reason, comesBack: false };
  }
}
