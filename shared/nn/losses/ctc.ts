import { pieces } from '../../onnx/expand/steps.ts';
import { Expressions } from '../../onnx/expressions.ts';
import { float32, int32 } from '../../onnx/tensor.ts';
import { ModelBuildError } from '../model-build-error.ts';
import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { logSoftmax } from './stable.ts';

/** The logarithm of no chance: finite, so that differences of it are; one more with every step stays in float32. */
const NEVER = -1e30;
/** What a label says of places behind its end, and what stands between its symbols here. */
const NONE = -1;
const BLANK = -2;

/**
 * Connectionist temporal classification (Graves et al., ICML 2006): −log of the probability of all ways to read a label in the
 * steps, each symbol in one or more steps in a row, blanks between. The recursion in logarithms over the S = 2 L + 1 states of l′,
 * the label with blanks around its symbols: α′(s) = log y(l′(s)) + log(e^α(s) + e^α(s−1) + e^α(s−2)), the last only where l′(s)
 * is a symbol and not that of s − 2. It runs from both ends at once and meets in the middle: as l′ backwards is a label too, the
 * second half is a second row of the same nodes. They are written out step by step, without Scan, which WebGPU lacks.
 *
 * As PyTorch's with `reduction='mean'` and `zero_infinity=True`: Σ loss / (symbols of the label), over the number of rows; a label
 * that cannot be read in so few steps counts as a loss of zero. Every example has all steps.
 */
export const ctc: LossRow<'ctc'> = {
  targets: ['symbols'],
  description:
    'All ways to read a label, whose symbols have no known places, in the steps (Graves et al. 2006).',
  build(builder, { output, target, examples }, { blank }) {
    const e = new Expressions(builder, 'loss/ctc');
    const [, steps, outputs] = e.dimsOf(output) as [unknown, number, number];
    checkBlank(blank, outputs);
    const states = 2 * (e.dimsOf(target)[1] as number) + 1;
    const rows = logSoftmax(builder, e.reshape(output, [-1, outputs]), 'loss/log_probabilities');
    const paths = bothWays(e, withBlanks(e, e.cast(target, 'float32'), states));
    const emitted = emissions(e, evenSteps(e, e.reshape(rows, [-1, steps, outputs]), blank), paths, blank);
    const length = e.sum(e.cast(e.greater(target, NONE), 'float32'), [1], true);
    const penalty = e.unsqueeze(skipPenalty(e, paths), [1]);

    const [first, ...others] = pieces(e, emitted, 1, Math.ceil(steps / 2)) as [string, ...string[]];
    let alpha = e.add(first, starts(e, length, states));
    for (const emission of others) alpha = e.add(advance(e, alpha, penalty), emission);
    // [batch, 1, 1, states]: to where the front half leads, and what the rest makes of it.
    const front = e.slice(advance(e, alpha, penalty), [0], [1], [2]);
    const back = backwards(e, e.slice(alpha, [1], [2], [2]), 3);
    const likelihood = e.reshape(logSum(e, e.add(front, back), 3), [-1, 1]);

    const loss = e.neg(e.where(e.greater(likelihood, NEVER / 10), likelihood, 0));
    const perSymbol = e.div(loss, e.op('Max', [length, e.scalar(1, 'float32')]));
    return { sum: total(builder, perSymbol, LOSS), denominator: examples };
  },
};

/**
 * @param output of several
 * @throws ModelBuildError where no output has that number
 */
export function checkBlank(blank: number, outputs: number, output?: string): void {
  if (blank < outputs) return;
  const place = { section: 'loss', path: ['blank'] } as const;
  throw new ModelBuildError({
    ...(output === undefined ? place : { section: 'losses', path: [output, 'ctc', 'blank'] }),
    type: 'ctc',
    needs: `the blank is output ${blank}, but ${outputs - 1} classes and a blank are outputs 0 to ${outputs - 1}`,
  });
}

/** [batch, places] to [batch, states], in float32, because WebGPU does not slice whole numbers: blank, symbol, blank, …, symbol, blank. */
function withBlanks(e: Expressions, target: string, states: number): string {
  const pairs = e.pad(e.unsqueeze(target, [2]), [0, 0, 1, 0, 0, 0], BLANK);
  return e.pad(e.reshape(pairs, [-1, states - 1]), [0, 0, 0, 1], BLANK);
}

/** [batch, n] to [batch, 2, n]: as it is, and from its end. */
function bothWays(e: Expressions, path: string): string {
  return e.concat([e.unsqueeze(path, [1]), e.unsqueeze(backwards(e, path, 1), [1])], 1);
}

function backwards(e: Expressions, value: string, axis: number): string {
  return e.slice(value, [-1], [Number.MIN_SAFE_INTEGER], [axis], [-1]);
}

/** An odd number of steps gets one more, that is surely blank: no probability changes. */
function evenSteps(e: Expressions, logs: string, blank: number): string {
  const [, steps, outputs] = e.dimsOf(logs) as [unknown, number, number];
  if (steps % 2 === 0) return logs;
  const row = countTo(outputs).map((output) => (output === blank ? -NEVER : 0));
  const sure = e.pad(e.constant(float32([1, 1, outputs], row)), [0, steps, 0, 0, 0, 0]);
  return e.add(e.pad(logs, [0, 0, 0, 0, 1, 0], NEVER), sure);
}

/** [batch, steps, outputs] and [batch, 2, states] to [batch, steps / 2, 2, states]: what the states of each half's steps emit. */
function emissions(e: Expressions, logs: string, paths: string, blank: number): string {
  const [, steps, outputs] = e.dimsOf(logs) as [unknown, number, number];
  const half = steps / 2;
  const front = e.slice(logs, [0], [half], [1]);
  const back = e.slice(logs, [-1], [-half - 1], [1], [-1]);
  const halves = e.concat([e.unsqueeze(front, [2]), e.unsqueeze(back, [2])], 2);
  const columns = e.unsqueeze(outputNumbers(e, paths, outputs, blank), [1]);
  return e.op('GatherElements', [halves, e.op('Expand', [columns, e.ints([1, half, 1, 1])])], { axis: 3 });
}

/** Numbers of outputs in place of symbols: the classes in order, the blank among them, which a place without a symbol is too. */
export function outputNumbers(e: Expressions, symbols: string, outputs: number, blank: number): string {
  const ofClasses = countTo(outputs).filter((output) => output !== blank);
  const numbers = e.constant(int32([outputs + 1], [blank, blank, ...ofClasses]));
  return e.op('Gather', [numbers, e.cast(e.sub(symbols, BLANK), 'int32')]);
}

/** [batch, 1, 2, states]: from the front the first blank or symbol; from the end the blank behind the label or its last symbol. */
function starts(e: Expressions, length: string, states: number): string {
  const column = (values: readonly number[]) => e.constant(float32([1, 1, 2, 1], values));
  const ofEnd = e.mul(e.unsqueeze(length, [1, 2]), column([0, -2]));
  const at = e.add(ofEnd, column([0, states - 1]));
  const beyond = e.sub(e.constant(float32([1, 1, 1, states], countTo(states))), at);
  return unless(e, e.op('And', [e.greater(beyond, -0.5), e.less(beyond, 1.5)]));
}

/** [batch, 2, states]: 0 where a blank may be left out before, which is between two symbols that differ. */
function skipPenalty(e: Expressions, paths: string): string {
  const states = e.dimsOf(paths)[2] as number;
  const before = e.pad(e.slice(paths, [0], [states - 2], [2]), [0, 0, 2, 0, 0, 0], BLANK);
  const differs = e.op('Not', [e.equal(paths, before)]);
  return unless(e, e.op('And', [e.greater(paths, NONE), differs]));
}

/** Logarithms: 0 where it is so, else never. */
function unless(e: Expressions, condition: string): string {
  return e.where(condition, e.scalar(0, 'float32'), NEVER);
}

/** One step on, without what is emitted there: from the same state, the one before, and the one before that. */
function advance(e: Expressions, alpha: string, penalty: string): string {
  const states = e.dimsOf(alpha)[3] as number;
  const padded = e.pad(alpha, [0, 0, 0, 2, 0, 0, 0, 0], NEVER);
  const before = e.slice(padded, [1], [states + 1], [3]);
  const skipped = e.add(e.slice(padded, [0], [states], [3]), penalty);
  return logSum(e, e.concat([alpha, before, skipped], 1), 1);
}

/** log Σ eˣ along an axis that is kept. The shift is rounded up and has no derivative: see stable.ts. */
function logSum(e: Expressions, value: string, axis: number): string {
  const shift = e.op('Ceil', [e.op('ReduceMax', [value, e.ints([axis])], { keepdims: 1 })]);
  return e.add(e.log(e.sum(e.exp(e.sub(value, shift)), [axis], true)), shift);
}

function countTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
