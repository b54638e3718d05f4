import type { OwnWork, Work } from '../../shared/protocol/assignment.ts';
import type { BatchLoader } from './batch-loader.ts';
import type { Batch, Learners } from './optimizer-steps.ts';

/** The positions of dealt-out work, `batch` at a time. */
export function* dealtBatches(loader: BatchLoader, work: Extract<Work, { kind: 'local' }>): Generator<Batch> {
  for (let start = work.start; start < work.end; start += work.batch) {
    const rows = loader.positions(work.epoch, start, Math.min(work.end, start + work.batch));
    yield { rows, epoch: work.epoch };
  }
}

/**
 * Epochs over the member's own training rows, each in an order of its own; the last batch of an epoch may be smaller. The round is in
 * the key, so that the order is the same when the work is done again, and another one in the next round.
 *
 * FedRep (Collins et al. 2021, "Exploiting shared representations for personalized federated learning"), algorithm 1: epochs in which only
 * the personal parameters learn come first, then only the others do. `steps` limits those of the others.
 */
export function* ownBatches(
  loader: BatchLoader,
  {
    epochs,
    batch,
    steps = Number.POSITIVE_INFINITY,
    personalEpochs = 0,
  }: Pick<OwnWork, 'epochs' | 'batch' | 'steps' | 'personalEpochs'>,
  round: number,
): Generator<Batch> {
  const rows = loader.trainingRows;
  const size = batch === 0 ? rows : batch;
  const all = personalEpochs + epochs;
  let taken = 0;
  for (let index = 0; index < all; index++) {
    const epoch = round * all + index;
    const learners = learnersOf(index, personalEpochs);
    for (let start = 0; start < rows; start += size) {
      if (learners !== 'personal' && taken++ >= steps) return;
      yield { rows: loader.positions(epoch, start, Math.min(rows, start + size)), epoch, learners };
    }
  }
}

function learnersOf(epoch: number, personalEpochs: number): Learners {
  if (personalEpochs === 0) return 'all';
  return epoch < personalEpochs ? 'personal' : 'shared';
}
