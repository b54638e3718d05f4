import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { Job } from '../../shared/job/job.ts';
import { defaultMetric } from '../../shared/job/metric-names.ts';
import { metricsOf } from '../../shared/nn/metrics/metrics.ts';
import { optionalMetricsOf } from '../../shared/nn/metrics/optional.ts';
import { afterEvaluation } from '../../shared/nn/schedules/plateau.ts';
import { learningRate } from '../../shared/nn/schedules/schedule.ts';
import { remembers } from '../../shared/programs/member-state.ts';
import type { FederatedConfig, RoundConfig } from '../rounds/config.ts';
import type { Checkpoint, RunRecord } from '../store/store.ts';
import { memberState } from '../strategies/member-state.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { totalSteps } from './description.ts';

/** What the round core needs to know of a job. */
export function roundConfig(
  job: Job,
  manifest: DatasetManifest,
  strategy: Strategy,
  run: RunRecord,
  resume: Checkpoint | undefined,
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
      ...(wanted.length > 0 && optionalMetricsOf(wanted, sums, classesOf(manifest))),
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

function classesOf({ target }: DatasetManifest) {
  return { classes: target.classes?.length ?? 0, binary: target.kind === 'binary' };
}
