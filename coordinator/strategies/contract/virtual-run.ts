import type { RoundConfig } from '../../rounds/config.ts';
import { advance, initialState, type RoundState } from '../../rounds/core.ts';
import type {
  Assignment,
  CommitSnapshot,
  Effect,
  Event,
  ServerStep,
  UpdateHeader,
} from '../../rounds/types.ts';
import type { Strategy } from '../strategy.ts';

export interface VirtualOptions {
  readonly members: readonly string[];
  readonly federated: boolean;
  readonly rounds: number;
  readonly seed?: number;
  readonly resume?: RoundConfig['resume'];
  readonly incarnation?: number;
}

/** An update that was counted, and how. */
export interface Counted {
  readonly member: string;
  readonly round: number;
  readonly weight: number;
  readonly buffersWeight: number;
}

/** A strategy in the real round core, with members that are told what to do by hand: no clock, no weights. */
export class VirtualRun {
  state: RoundState;
  now = 1_000;
  /** Assignments that were not answered yet, in the order of giving. */
  readonly open: Assignment[] = [];
  readonly counted: Counted[] = [];
  readonly steps: { readonly round: number; readonly step: ServerStep }[] = [];
  readonly discarded: { readonly reason: string; readonly message: string }[] = [];
  readonly commits: CommitSnapshot[] = [];
  outcome: string | undefined;

  constructor(strategy: Strategy, options: VirtualOptions) {
    this.state = initialState(configOf(strategy, options));
    this.send({ type: 'start', at: 0 });
    for (const member of options.members) this.join(member, options.federated);
  }

  send(event: Event): void {
    const { state, effects } = advance(this.state, { ...event, at: this.now });
    this.state = state;
    for (const effect of effects) this.take(effect);
    const { stepping, committing } = this.state;
    if (stepping !== null) this.send({ type: 'stepped', at: 0, version: stepping.version, finite: true });
    else if (committing !== null) this.send({ type: 'committed', at: 0, version: committing });
  }

  join(id: string, federated: boolean): void {
    const rows = federated ? { rows: { examples: rowsOf(id), heldOut: 4 } } : {};
    const role = federated ? ('participant' as const) : ('worker' as const);
    this.send({ type: 'joined', at: 0, member: { id, name: id, engine: 'cpu', threads: 1, role, ...rows } });
  }

  leave(member: string): void {
    for (const [index, { member: holder }] of [...this.open.entries()].reverse()) {
      if (holder === member) this.open.splice(index, 1);
    }
    this.send({ type: 'left', at: 0, member, reason: 'gone' });
  }

  /** The next tick that the core asked for; false when it asked for none. */
  tick(): boolean {
    const { timer } = this.state;
    if (timer === null) return false;
    this.now = Math.max(this.now, timer);
    this.send({ type: 'tick', at: this.now });
    return true;
  }

  /** The member's answer, which depends on the member and the work alone. */
  answer(assignment: Assignment): void {
    const index = this.open.indexOf(assignment);
    if (index >= 0) this.open.splice(index, 1);
    this.now += 10;
    const { id, member } = assignment;
    this.send({ type: 'update', at: 0, assignment: id, member, header: headerOf(assignment) });
  }

  /** Answers what is open, as `next` picks it, until the run is over or `most` updates were sent. */
  drive(next: (open: readonly Assignment[]) => Assignment | undefined, most = 10_000): void {
    for (let sent = 0; sent < most && this.outcome === undefined; sent++) {
      const assignment = next(this.open);
      if (assignment !== undefined) this.answer(assignment);
      else if (!this.tick()) return;
    }
  }

  private take(effect: Effect): void {
    if (effect.type === 'assign') this.open.push(effect.assignment);
    if (effect.type === 'cancel') {
      const index = this.open.findIndex(({ id }) => id === effect.assignment);
      if (index >= 0) this.open.splice(index, 1);
    }
    if (effect.type === 'add') this.counted.push(effect);
    if (effect.type === 'step') this.steps.push(effect);
    if (effect.type === 'discard') this.discarded.push(effect);
    if (effect.type === 'commit') this.commits.push(effect.checkpoint);
    if (effect.type === 'finished') this.outcome = effect.reason;
  }
}

const EXAMPLES = 240;

function configOf(strategy: Strategy, options: VirtualOptions): RoundConfig {
  const { federated, rounds, seed = 1, resume, incarnation = 1, members } = options;
  return {
    run: 'virtual',
    incarnation,
    strategy,
    examples: federated ? 0 : EXAMPLES,
    ...(federated && { federated: { evaluating: 0, fairness: 'loss' } }),
    testExamples: 0,
    batch: 8,
    epochs: undefined,
    rounds,
    evaluateEvery: { rounds },
    commitEvery: { rounds: 1, seconds: 1e6 },
    minimumMembers: Math.max(1, members.length),
    assignment: 'equal',
    earlyStopping: undefined,
    learningRateAt: () => 0.1,
    seed,
    ...(resume && { resume }),
  };
}

/** Members have different numbers of rows. */
export function rowsOf(member: string): number {
  return 16 + 8 * (member.charCodeAt(member.length - 1) % 5);
}

/** Sums that say something else for each member, and are the same for the same member and round. */
function headerOf({ member, work, round, sections, choices = [], local: _ }: Assignment): UpdateHeader {
  const examples = 'start' in work ? work.end - work.start : rowsOf(member);
  const size = work.kind === 'own' ? work.batch || examples : examples;
  const steps =
    work.kind === 'own' ? Math.min(work.epochs * Math.ceil(examples / size), work.steps ?? 1e9) : 1;
  const base = 0.5 + (member.charCodeAt(member.length - 1) % 7) / 7;
  const main = choices[member.charCodeAt(member.length - 1) % Math.max(1, choices.length)] ?? 'parameters';
  return {
    examples,
    sums: {
      loss: (base * examples) / (1 + round),
      denominator: examples,
      correct: examples / 2,
      'base-loss': base * examples,
      'base-denominator': examples,
      'delta-squares': 0.01 * base,
    },
    steps: Math.max(1, steps),
    computeMs: examples,
    sections: [main, ...sections.filter(({ make }) => make !== 'dual').map(({ name }) => name)],
  };
}
