import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { Job } from '../../shared/job/job.ts';
import { defaultMetric } from '../../shared/job/metric-names.ts';
import { metricsOf, type Sums, sumsByOutput } from '../../shared/nn/metrics/metrics.ts';
import { optionalMetricsOf } from '../../shared/nn/metrics/optional.ts';
import { afterEvaluation } from '../../shared/nn/schedules/plateau.ts';
import { learningRate } from '../../shared/nn/schedules/schedule.ts';
import { remembers } from '../../shared/programs/member-state.ts';
import type { FederatedConfig, RoundConfig } from '../rounds/config.ts';
import type { OpenCheckpoint, RunRecord } from '../store/store.ts';
import { memberState } from '../strategies/member-state.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { totalSteps } from './description.ts';

/** What the round core needs to know of a job. */
export function roundConfig(
  job: Job,
  manifest: DatasetManifest,
  strategy: Strategy,
  run: RunRecord,
  resume: OpenCheckpoint | undefined,
): RoundConfig {
  const { schedule } = job;
  const base = job.optimizer.learningRate;
  const wanted = job.evaluate.metrics ?? [];
  const total = totalSteps(job, manifest);
  return {
    run: run.id,
    incarnation: run.incarnation,
    strategy,
    examples: manifest.rows - manifest.test.rows,
    ...(job.data.heldBy && { federated: federatedConfig(job) }),
    remembers: remembers(memberState(strategy, { federated: job.data.heldBy === 'members', wire: job.wire })),
    testExamples: manifest.test.rows,
    batch: job.batch,
    epochs: job.epochs,
    rounds: job.rounds,
    evaluateEvery: job.evaluate.every,
    commitEvery: { rounds: job.checkpoint.rounds, seconds: job.checkpoint.seconds },
    minimumMembers: job.members.minimum,
    assignment: job.members.assignment,
    earlyStopping: job.earlyStopping,
    // The core counts steps done, the schedule the step that is to be taken.
    learningRateAt: (step, scale) => learningRate(schedule, base, step + 1, total, scale),
    ...(schedule.kind === 'plateau' && {
      plateauAfter: (state, metrics) => afterEvaluation(schedule, base, state, metrics),
    }),
    seed: job.seed,
    metricsOf: (sums) => ({
      ...metricsOf(sums),
      ...strategy.metrics?.(sums),
      ...(wanted.length > 0 && onDemand(wanted, sums, manifest.target)),
    }),
    resume,
  };
}

function federatedConfig({ data, batch, evaluate }: Job): FederatedConfig {
  const { participants = 0, fineTune } = evaluate;
  return {
    evaluating: participants,
    fairness: defaultMetric(data.target.type),
    ...(fineTune !== undefined && { fineTune: { epochs: fineTune, batch } }),
  };
}

type Target = DatasetManifest['target'];

/** The metrics that the job asks for; of several outputs those of each, by its name. */
function onDemand(wanted: readonly string[], sums: Sums, target: Target): Record<string, number> {
  if (!target.outputs) return optionalMetricsOf(wanted, sums, classesOf(target));
  const byOutput = sumsByOutput(sums);
  const metrics = target.outputs.flatMap((output) => {
    const prefix = `${output.output}.`;
    const own = wanted.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const values = optionalMetricsOf(own, byOutput.get(output.output) ?? {}, classesOf(output));
    return Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value] as const);
  });
  return Object.fromEntries(metrics);
}

function classesOf({ classes, kind }: Pick<Target, 'classes' | 'kind'>) {
  return { classes: classes?.length ?? 0, binary: kind === 'binary' };
}
