import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What a closed round says of itself. */
export interface RoundSample {
  readonly round: number;
  readonly epoch: number;
  readonly examples: number;
  /** Mean loss over the round's examples. */
  readonly loss: number;
  readonly learningRate: number;
  /** Milliseconds by phase. */
  readonly phases: Readonly<Record<'compute' | 'wait' | 'wire' | 'aggregate' | 'step' | 'commit', number>>;
  /** Bytes since the run began in this process. */
  readonly traffic: { readonly sent: number; readonly received: number };
}

/** From a fake engine's fraction of a millisecond to an hour of local steps. */
const SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600,
];

/** The metrics of one coordinator, for Prometheus; all begin with `tributary_`, all are labelled with the run. */
export class RunMetrics {
  readonly registry = new Registry();
  private readonly members: Gauge<'state'>;
  private readonly rounds: Counter;
  private readonly examples: Counter;
  private readonly bytes: Counter<'direction'>;
  private readonly commits: Counter;
  private readonly updates: Counter<'status'>;
  private readonly phaseSeconds: Histogram<'phase'>;
  private readonly commitSeconds: Histogram;
  private readonly loss: Gauge;
  private readonly learningRate: Gauge;
  private readonly round: Gauge;
  private readonly epoch: Gauge;
  private readonly version: Gauge;
  private readonly evaluation: Gauge<'metric'>;
  private traffic = { sent: 0, received: 0 };

  constructor(run: string) {
    this.registry.setDefaultLabels({ run });
    const registers = [this.registry];
    const counter = (name: string, help: string) =>
      new Counter({ name: `tributary_${name}`, help, registers });
    const gauge = (name: string, help: string) => new Gauge({ name: `tributary_${name}`, help, registers });
    this.members = new Gauge({
      name: 'tributary_members',
      help: 'Members by state: working, idle, away.',
      labelNames: ['state'],
      registers,
    });
    this.rounds = counter('rounds_total', 'Rounds that were closed.');
    this.examples = counter('examples_total', 'Training examples in closed rounds.');
    this.bytes = new Counter({
      name: 'tributary_bytes_total',
      help: 'Bytes of members’ connections by direction: in, out.',
      labelNames: ['direction'],
      registers,
    });
    this.commits = counter('commits_total', 'Weights versions that were committed.');
    this.updates = new Counter({
      name: 'tributary_updates_total',
      help: 'Updates by what became of them: added, duplicate, late, …',
      labelNames: ['status'],
      registers,
    });
    this.phaseSeconds = new Histogram({
      name: 'tributary_round_phase_seconds',
      help: 'Time of a round by phase: compute, wait, wire, aggregate, step, commit.',
      labelNames: ['phase'],
      buckets: SECONDS,
      registers,
    });
    this.commitSeconds = new Histogram({
      name: 'tributary_commit_seconds',
      help: 'Time that a commit took.',
      buckets: SECONDS,
      registers,
    });
    this.loss = gauge('loss', 'Mean training loss of the last round.');
    this.learningRate = gauge('learning_rate', 'Learning rate of the last round.');
    this.round = gauge('round', 'The last closed round.');
    this.epoch = gauge('epoch', 'The epoch of the last closed round.');
    this.version = gauge('committed_version', 'The last committed weights version.');
    this.evaluation = new Gauge({
      name: 'tributary_evaluation',
      help: 'Metrics of the last evaluation on held-out rows.',
      labelNames: ['metric'],
      registers,
    });
  }

  memberStates(counts: Readonly<Record<'working' | 'idle' | 'away', number>>): void {
    for (const [state, count] of Object.entries(counts)) this.members.set({ state }, count);
  }

  roundClosed(sample: RoundSample): void {
    this.rounds.inc();
    this.examples.inc(sample.examples);
    this.round.set(sample.round);
    this.epoch.set(sample.epoch);
    this.loss.set(sample.loss);
    this.learningRate.set(sample.learningRate);
    for (const [phase, milliseconds] of Object.entries(sample.phases)) {
      this.phaseSeconds.observe({ phase }, milliseconds / 1000);
    }
    const { sent, received } = sample.traffic;
    this.bytes.inc({ direction: 'out' }, Math.max(0, sent - this.traffic.sent));
    this.bytes.inc({ direction: 'in' }, Math.max(0, received - this.traffic.received));
    this.traffic = { sent, received };
  }

  update(status: string): void {
    this.updates.inc({ status });
  }

  evaluated(metrics: Readonly<Record<string, number>>): void {
    for (const [metric, value] of Object.entries(metrics)) this.evaluation.set({ metric }, value);
  }

  committed(version: number, milliseconds: number): void {
    this.commits.inc();
    this.version.set(version);
    this.commitSeconds.observe(milliseconds / 1000);
  }
}
