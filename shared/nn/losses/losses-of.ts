import type { LossJob, SingleLossJob } from '../../job/job.ts';

/** The losses that a loss is made of: itself, or the terms of a sum. */
export function lossesOf(loss: LossJob): readonly SingleLossJob[] {
  return loss.kind === 'sum' ? loss.terms.map((term) => term.loss) : [loss];
}
