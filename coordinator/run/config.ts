import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { Job } from '../../shared/job/job.ts';
import { metricsOf } from '../../shared/nn/metrics/metrics.ts';
import { learningRate } from '../../shared/nn/schedules/schedule.ts';
import type { RoundConfig } from '../rounds/config.ts';
import type { Checkpoint, RunRecord } from '../store/store.ts';
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
  const total = totalSteps(job, manifest);
  return {
    run: run.id,
    incarnation: run.incarnation,
    strategy,
    examples: manifest.rows - manifest.test.rows,
    testExamples: manifest.test.rows,
    batch: job.batch,
    epochs: job.epochs,
    rounds: job.rounds,
    evaluateEvery: job.evaluate.every,
    commitEvery: { rounds: job.checkpoint.rounds, seconds: job.checkpoint.seconds },
    minimumMembers: job.members.minimum,
    assignment: job.members.assignment,
    earlyStopping: job.earlyStopping,
    learningRateAt: (step) => learningRate(job.schedule, job.optimizer.learningRate, step, total),
    seed: job.seed,
    metricsOf,
    resume,
  };
}
