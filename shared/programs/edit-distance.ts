import { outputNumbers } from '../nn/losses/ctc.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { pieces } from '../onnx/expand/steps.ts';
import { Expressions } from '../onnx/expressions.ts';
import { float32 } from '../onnx/tensor.ts';

/** More than any distance; with as much again still a whole number of float32. */
const FAR = 2 ** 20;

/** Values of the graph, float32 [batch, 1] each. */
export interface Readings {
  /** Symbols to insert, delete or replace, at the least, to make the label of what was read (Levenshtein). */
  readonly distance: string;
  /** Symbols of the label. */
  readonly length: string;
}

/**
 * How far what is read lies from the labels. Read is the best path (Graves et al. 2006): the largest output of each step, without
 * repetitions, then without blanks.
 *
 * The distances D_j(t) of the first j symbols of the label from what is read up to step t, less the number of symbols h(t) that
 * it has: then to insert one costs nothing, and D_j is the running minimum over t of what deleting and replacing gives. So there is
 * one round for each place of the label, not for each step. Whole numbers in float32: exact.
 *
 * @param logits [batch, steps, outputs]
 * @param target int32 [batch, places], −1 behind the label's end
 */
export function editDistances(
  builder: GraphBuilder,
  logits: string,
  target: string,
  blank: number,
): Readings {
  const e = new Expressions(builder, 'metrics/read');
  const [, steps, outputs] = e.dimsOf(logits) as [unknown, number, number];
  const places = e.dimsOf(target)[1] as number;
  const best = e.cast(e.op('ArgMax', [logits], { axis: 2, keepdims: 0 }), 'float32');
  const before = e.slice(e.pad(best, [0, 1, 0, 0], -1), [0], [steps], [1]);
  const isRead = e.op('And', [e.op('Not', [e.equal(best, before)]), e.op('Not', [e.equal(best, blank)])]);

  // [batch, places, 1 + steps]: −1 where a symbol is as it should be, 0 where it is replaced, far where none is read.
  const wanted = e.unsqueeze(e.cast(outputNumbers(e, target, outputs, blank), 'float32'), [2]);
  const isRight = e.equal(e.unsqueeze(best, [1]), wanted);
  const replaced = e.where(e.unsqueeze(isRead, [1]), e.where(isRight, e.scalar(-1, 'float32'), 0), FAR);
  const costs = pieces(e, e.pad(replaced, [0, 0, 1, 0, 0, 0], FAR), 1, places);
  const length = e.sum(e.cast(e.greater(target, -1), 'float32'), [1], true);
  const none = new Float32Array(steps + 1);
  let row = e.sub(e.mul(length, 0), e.constant(float32([1, steps + 1], none)));
  for (const [place, cost] of costs.entries()) {
    const shifted = e.slice(e.pad(row, [0, 1, 0, 0], FAR), [0], [steps + 1], [1]);
    const replacing = e.add(shifted, e.op('Squeeze', [cost, e.ints([1])]));
    const next = runningMinimum(e, e.op('Min', [e.add(row, 1), replacing]), steps + 1);
    row = e.where(e.greater(length, place), next, row);
  }
  const symbols = e.sum(e.cast(isRead, 'float32'), [1], true);
  return { distance: e.add(e.slice(row, [steps], [steps + 1], [1]), symbols), length };
}

/** Of [batch, size] along its last axis. */
function runningMinimum(e: Expressions, row: string, size: number): string {
  const later = Array.from({ length: size * size }, (_, at) => (at % size > Math.floor(at / size) ? FAR : 0));
  const masked = e.add(e.unsqueeze(row, [1]), e.constant(float32([1, size, size], later)));
  return e.op('ReduceMin', [masked, e.ints([2])], { keepdims: 0 });
}
