import type { GraphBuilder } from '../../onnx/builder.ts';
import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { rowDots, unitRows, vectorRows } from './rows.ts';
import { logSoftmax } from './stable.ts';

// Both compare every row with the targets of all others in its batch. A member sees its own piece of the batch only, so
// their sums are of pieces: N members do not give what one gives, and `coupled` says so.

/**
 * InfoNCE with in-batch negatives (van den Oord et al., 2018; one direction of CLIP's): the cross-entropy of finding a row's own
 * target among all, by cosine over temperature. Memory rows².
 */
export const infoNce: LossRow<'info-nce'> = {
  targets: ['number'],
  asItIs: 'a vector that is scaled by column points elsewhere',
  description: 'Find the own target vector among those of the batch.',
  coupled: true,
  build(builder, inputs, { temperature }) {
    const { output, target, rows } = vectorRows(builder, inputs, 'info-nce');
    const unit = unitRows(builder, output, 'loss/output_unit');
    const scaled = builder.op('Mul', [unit, builder.scalar(1 / temperature)], {}, 'loss/query');
    const keys = unitRows(builder, target, 'loss/target_unit');
    const columns = builder.op('Transpose', [keys], { perm: [1, 0] }, 'loss/keys');
    const logits = builder.op('MatMul', [scaled, columns], {}, 'loss/similarity');
    const own = rowDots(builder, scaled, keys, 'loss/own');
    // log softmax of a row is its logits less one number: that number comes from any of its elements.
    const logs = logSoftmax(builder, logits, 'loss/log_probabilities');
    const shift = builder.op('Sub', [logits, logs], {}, 'loss/log_sums');
    const logSums = builder.op('ReduceMean', [shift, builder.ints([1])], { keepdims: 1 }, 'loss/log_sum');
    return {
      sum: total(builder, builder.op('Sub', [logSums, own]), LOSS),
      denominator: rows,
    };
  },
};

/**
 * Triplet margin loss (Schroff et al., CVPR 2015) over all in-batch negatives: a row is nearer to its own target than to each
 * other row's, by the margin; mean over the others. Distances are PyTorch's, Euclidean of x - y + 1e-6. Memory rows² · size.
 */
export const triplet: LossRow<'triplet'> = {
  targets: ['number'],
  asItIs: 'vectors that are scaled by column are at other distances from each other',
  description: 'The own target vector has to be nearer than those of the other rows.',
  coupled: true,
  build(builder, inputs, { margin }) {
    const { output, target, rows } = vectorRows(builder, inputs, 'triplet');
    const own = distances(builder, output, target, 1, 'loss/own');
    const queries = builder.op('Unsqueeze', [output, builder.ints([1])], {}, 'loss/queries');
    const keys = builder.op('Unsqueeze', [target, builder.ints([0])], {}, 'loss/keys');
    const all = distances(builder, queries, keys, 2, 'loss/all');
    const lead = builder.op('Sub', [builder.op('Unsqueeze', [own, builder.ints([1])]), all], {}, 'loss/lead');
    const excess = builder.op('Relu', [builder.op('Add', [lead, builder.scalar(margin)])], {}, 'loss/excess');
    // A row against itself is exactly the margin, and no negative.
    const self = builder.op('Mul', [rows, builder.scalar(margin)], {}, 'loss/self');
    const others = builder.op('Sub', [total(builder, excess, 'loss/total'), self], {}, 'loss/others');
    const negatives = builder.op('Max', [builder.op('Sub', [rows, builder.scalar(1)]), builder.scalar(1)]);
    return { sum: builder.op('Div', [others, negatives], {}, LOSS), denominator: rows };
  },
};

function distances(builder: GraphBuilder, left: string, right: string, axis: number, hint: string): string {
  const gap = builder.op('Add', [builder.op('Sub', [left, right]), builder.scalar(1e-6)], {}, `${hint}/gap`);
  const squares = builder.op('Mul', [gap, gap], {}, `${hint}/squares`);
  const sums = builder.op('ReduceSum', [squares, builder.ints([axis])], { keepdims: 0 }, `${hint}/sums`);
  return builder.op('Sqrt', [sums], {}, hint);
}
