import type { OwnWork, Work } from '../../shared/protocol/assignment.ts';
import type { BatchLoader } from './batch-loader.ts';
import type { Batch } from './local-work.ts';

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
 */
export function* ownBatches(
  loader: BatchLoader,
  { epochs, batch, steps = Number.POSITIVE_INFINITY }: OwnWork,
  round: number,
): Generator<Batch> {
  const rows = loader.trainingRows;
  const size = batch === 0 ? rows : batch;
  let taken = 0;
  for (let index = 0; index < epochs; index++) {
    const epoch = round * epochs + index;
    for (let start = 0; start < rows; start += size) {
      if (taken++ >= steps) return;
      yield { rows: loader.positions(epoch, start, Math.min(rows, start + size)), epoch };
    }
  }
}
