import type { Outcome } from '../coordinator/events.ts';
import { PHASES } from '../coordinator/phases.ts';
import type { RunFacts } from '../launch/coordinate.ts';
import type { Fetched, RunJobEvents } from '../launch/run-job.ts';
import { isLoss, metricsOf } from '../shared/nn/metrics/metrics.ts';
import { command } from '../shared/text/command.ts';
import { bestOfModel, nextCommands } from './next-commands.ts';
import { namedByFolder } from './shell.ts';
import { spreadOf } from './ui/spread.ts';
import { ThinnedSeries } from './ui/thinned.ts';
import type { MemberRow, RunReport, RunView } from './ui/view.ts';

type Values<Name extends keyof RunJobEvents> = RunJobEvents[Name][0];

/** They are told that the run was stopped, and end; only a coordinator that dies is waited for. */
export const PARTICIPANTS_ENDED =
  'Its participants were told so and have left: each comes back when its own command is started again.';
/** Weight of the newest round in the speed that is shown. */
const SMOOTHING = 0.1;

/** What to type to go on with a run. */
export type ResumeCommand = (at: Pick<RunFacts, 'run' | 'directory' | 'address' | 'websocket'>) => string;

function resumeHere({ run, directory }: Parameters<ResumeCommand>[0]): string {
  return command('resume', ...namedByFolder(run, directory));
}

/** What a run has come to so far, from its events: the live view, and in the end the report. */
export class RunProgress {
  facts: RunFacts | undefined;
  private readonly members = new Map<string, Values<'member'>>();
  /** Those that are not ready yet, by name: with what they have fetched, where they fetch. */
  private readonly preparing = new Map<string, Fetched | undefined>();
  private readonly losses = new ThinnedSeries();
  private readonly notices: string[] = [];
  private readonly phaseSeconds: Record<string, number> = Object.fromEntries(
    PHASES.map((phase) => [phase, 0]),
  );
  private readonly startedAt = performance.now();
  private waiting: string | undefined;
  private round: Values<'round'> | undefined;
  private evaluation: Values<'evaluated'> | undefined;
  private model: Values<'exported'> | undefined;
  /** Bytes of the coordinator's former lives. */
  private pastBytes = { sent: 0, received: 0 };
  /** Seconds that the run took before it was resumed here. */
  private pastSeconds = 0;
  private total: Values<'took'> | undefined;
  private committedVersion: number | undefined;
  private speed: number | undefined;
  private roundSeconds: number | undefined;
  private closedAt: number | undefined;

  /** @param resume what to type to go on with the run */
  constructor(private readonly resume: ResumeCommand = resumeHere) {}

  opened(facts: RunFacts): void {
    // A coordinator that was started again counts its bytes from zero, and knows nobody yet.
    if (this.facts) this.pastBytes = this.bytes();
    else this.remember(facts.past);
    this.round = undefined;
    this.closedAt = undefined;
    this.facts = facts;
    this.members.clear();
  }

  /** What the run had come to before anything of it was seen here. */
  private remember({ seconds, sent, received, phases }: RunFacts['past']): void {
    this.pastBytes = { sent, received };
    this.pastSeconds = seconds;
    for (const phase of PHASES) this.phaseSeconds[phase]! += phases[phase] ?? 0;
  }

  member(member: Values<'member'>): void {
    // Who is still waited for is said anew whenever somebody has come.
    const isNew = member.connected && !this.members.get(member.id)?.connected;
    if (isNew && member.role !== 'evaluator') this.waiting = undefined;
    this.members.set(member.id, member);
  }

  prepares({ name, fetched }: Values<'preparing'>): void {
    this.preparing.set(name, fetched);
  }

  prepared({ name }: Values<'prepared'>): void {
    this.preparing.delete(name);
  }

  waits(reason: string): void {
    this.waiting = reason;
  }

  reported(round: Values<'round'>): void {
    this.waiting = undefined;
    const before = this.closedAt ?? round.startedAt;
    const seconds = Math.max(1, round.closedAt - before) / 1000;
    this.closedAt = round.closedAt;
    this.speed = smooth(this.speed, round.examples / seconds);
    this.roundSeconds = smooth(this.roundSeconds, seconds);
    this.round = round;
    const { loss } = metricsOf(round.sums);
    if (loss !== undefined) this.losses.add(loss);
    for (const phase of PHASES) this.phaseSeconds[phase]! += round.phases[phase] / 1000;
  }

  evaluated(evaluation: Values<'evaluated'>): void {
    this.evaluation = evaluation;
  }

  committed({ version }: Values<'committed'>): void {
    this.committedVersion = version;
  }

  exported(model: Values<'exported'>): void {
    this.model = model;
  }

  took(total: Values<'took'>): void {
    this.total = total;
  }

  notice(text: string): void {
    this.notices.push(text);
    if (this.notices.length > 5) this.notices.shift();
  }

  view(): RunView | undefined {
    const { facts, round } = this;
    if (!facts) return undefined;
    const metric = this.firstMetric();
    return {
      job: facts.job,
      run: facts.run,
      data: facts.rows,
      participants: facts.federated,
      parameters: facts.parameters,
      strategy: facts.strategy,
      members: [...this.members.values()].map((member) => this.row(member)).sort(byName),
      progress: {
        epoch: Math.min((round?.epoch ?? facts.epoch) + 1, facts.epochs ?? Number.POSITIVE_INFINITY),
        epochs: facts.epochs,
        round: round ? round.round + 1 : facts.round,
        rounds: facts.totalRounds,
        loss: this.losses.last,
        metric,
        spread: spreadOf((this.evaluation ?? facts.evaluated)?.metrics ?? {}),
        speed: this.speed,
        bytes: this.bytes(),
        secondsLeft:
          round && this.roundSeconds !== undefined
            ? (facts.totalRounds - round.round - 1) * this.roundSeconds
            : undefined,
      },
      losses: this.losses.values,
      waiting: this.waiting,
      notices: this.notices,
    };
  }

  /** @param outcome how the run ended */
  report(outcome: Outcome): RunReport | undefined {
    const { facts, evaluation, model } = this;
    if (!facts || outcome.reason === 'failed') return undefined;
    const evaluated = evaluation ?? facts.evaluated;
    return {
      run: facts.run,
      reason: outcome.reason,
      message: outcome.reason === 'completed' ? '' : outcome.message,
      note: outcome.reason === 'stopped' && facts.federated ? PARTICIPANTS_ENDED : undefined,
      metrics: evaluated?.metrics ?? {},
      versions: { measured: evaluated?.version, committed: this.committedVersion },
      best: bestOfModel(model, facts.epochs !== undefined),
      classes: evaluation?.classes ?? [],
      seconds: this.total?.seconds ?? this.pastSeconds + (performance.now() - this.startedAt) / 1000,
      rounds: this.round ? this.round.round + 1 : facts.round,
      bytes: this.bytes(),
      phases: this.total?.phases ?? this.phaseSeconds,
      model: model?.file,
      next: [...(outcome.reason === 'stopped' ? [this.resume(facts)] : []), ...nextCommands(facts, model)],
    };
  }

  private row(member: Values<'member'>): MemberRow {
    const { name } = member;
    const isPreparing = member.connected && this.preparing.has(name);
    const working = isPreparing ? 'preparing' : this.waiting ? 'idle' : 'working';
    const fetched = isPreparing ? this.preparing.get(name) : undefined;
    return {
      name: member.name,
      engine: member.engine,
      threads: member.threads,
      state: member.connected ? working : 'away',
      ...(fetched && { fetched }),
      speed: member.speed > 0 ? member.speed : undefined,
    };
  }

  private bytes(): { readonly sent: number; readonly received: number } {
    if (this.total) return { sent: this.total.sent, received: this.total.received };
    const { sent, received } = this.round?.traffic ?? { sent: 0, received: 0 };
    return { sent: this.pastBytes.sent + sent, received: this.pastBytes.received + received };
  }

  private firstMetric(): { readonly name: string; readonly value: number } | undefined {
    const metrics = Object.entries((this.evaluation ?? this.facts?.evaluated)?.metrics ?? {});
    const [name, value] = metrics.find(([key]) => !isLoss(key)) ?? metrics[0] ?? [];
    return name === undefined || value === undefined ? undefined : { name, value };
  }
}

function byName(a: MemberRow, b: MemberRow): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

function smooth(old: number | undefined, fresh: number): number {
  return old === undefined ? fresh : old + SMOOTHING * (fresh - old);
}
