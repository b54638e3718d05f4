import type { LossJob, SingleLossJob } from '../../job/job.ts';

/** The losses that a loss is made of: itself, or the terms of a sum. */
export function lossesOf(loss: LossJob): readonly SingleLossJob[] {
  return loss.kind === 'sum' ? loss.terms.map((term) => term.loss) : [loss];
}

/** A loss in words: `cross-entropy`, or `cross-entropy of digit + 0.3 × mse of size`. */
export function lossWords(loss: LossJob): string {
  if (loss.kind !== 'sum') return loss.kind;
  const terms = loss.terms.map(({ output, weight, loss: term }) => {
    const factor = weight === 1 ? '' : `${weight} × `;
    return `${factor}${term.kind} of ${output}`;
  });
  return terms.join(' + ');
}
