import type { Coordinator } from '../coordinator/coordinator.ts';
import type { CoordinatorEvents } from '../coordinator/events.ts';
import type { Job } from '../shared/job/job.ts';
import { defaultMetric } from '../shared/job/metric-names.ts';
import type { OutputResults } from '../shared/nn/metrics/class-results.ts';
import { confusionOf } from '../shared/nn/metrics/confusion.ts';
import { higherIsBetter, metricsOf, type Sums, sumsByOutput } from '../shared/nn/metrics/metrics.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import type { WorkResult } from '../worker/trainer/work-order.ts';
import type { Population } from './participants/population.ts';
import { type ClassPicture, MOST_DRAWN } from './report/class-sections.ts';
import type { RoundPoint, RunPicture } from './report/run-picture.ts';
import type { SimulationProgress } from './simulation-events.ts';

/** Watches a simulated run: what its rounds were like, and how its participants fare. */
export class Progress extends Emitter<{ round: [CoordinatorEvents['round'][0], SimulationProgress] }> {
  readonly rounds: RoundPoint[] = [];
  /** How classes fared in the last evaluation. */
  classes: readonly ClassPicture[] = [];
  private readonly metric: string;
  private updates = 0;
  private startedAt = performance.now();
  private before = { sent: 0, received: 0, dropouts: 0 };
  /** Of each client in the evaluation under way, and in the last one that ended. */
  private values: Float32Array;
  private evaluated: Float32Array | undefined;

  constructor(
    coordinator: Coordinator,
    job: Job,
    private readonly population: Population,
    private readonly virtualMs: () => number,
  ) {
    super();
    this.metric = defaultMetric(job.data.target.type);
    this.values = this.unmeasured();
    coordinator.on('update', (status) => {
      if (status === 'added') this.updates += 1;
    });
    coordinator.on('round', (report) => this.round(report));
    coordinator.on('evaluated', ({ metrics, sums, classes }) => {
      this.classes = classes.map((own) => pictured(own, sums));
      this.evaluated = this.values;
      this.values = this.unmeasured();
      const last = this.rounds.at(-1);
      if (last) this.rounds[this.rounds.length - 1] = { ...last, metrics };
    });
  }

  /** Training begins. */
  begin(): void {
    this.startedAt = performance.now();
  }

  now(): SimulationProgress {
    return {
      updates: this.updates,
      dropouts: this.population.dropouts,
      virtualMs: this.virtualMs(),
      wallMs: performance.now() - this.startedAt,
    };
  }

  measured(client: number, { examples, sums }: WorkResult['header']): void {
    this.values[client] = metricsOf({ examples, ...sums })[this.metric] ?? Number.NaN;
  }

  /** Of the last evaluation; undefined when nobody evaluated. */
  get perClient(): RunPicture['perClient'] {
    const { metric, evaluated } = this;
    if (!evaluated?.some((value) => Number.isFinite(value))) return undefined;
    return { metric, higherIsBetter: higherIsBetter(metric), values: evaluated };
  }

  private round(report: CoordinatorEvents['round'][0]): void {
    const { sent, received } = report.traffic;
    const now = this.now();
    const { before } = this;
    this.before = { sent, received, dropouts: now.dropouts };
    this.rounds.push({
      round: report.round + 1,
      virtualMs: now.virtualMs,
      wallMs: now.wallMs,
      metrics: {},
      bytes: { sent: sent - before.sent, received: received - before.received },
      participants: report.members.length,
      dropped: now.dropouts - before.dropouts,
    });
    this.emit('round', report, now);
  }

  private unmeasured(): Float32Array {
    return new Float32Array(this.population.size).fill(Number.NaN);
  }
}

/** Few classes are drawn against each other. */
function pictured(results: OutputResults, sums: Sums): ClassPicture {
  const { output, classes } = results;
  if (classes.length > MOST_DRAWN) return results;
  const own = output === undefined ? sums : sumsByOutput(sums).get(output);
  const confusion = own && confusionOf(own, classes.length);
  return { ...results, ...(confusion && { confusion }) };
}
