import { total } from '../nn/losses/loss.ts';
import { logSoftmax, softplus } from '../nn/losses/stable.ts';
import { BINS, MOST_CURVES, scoreBins, scoreEdges } from '../nn/metrics/binned.ts';
import { OPTIONAL_SUM } from '../nn/metrics/optional.ts';
import { ModelBuildError } from '../nn/model-build-error.ts';
import type { SingleTarget } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { float32 } from '../onnx/tensor.ts';
import { oneHot } from './one-hot.ts';
import type { Program } from './program.ts';

/** Makes a value an output that sums have under this name; returns what it is called in the program. */
export type Publish = (value: string, sum: string) => string;

/** Rows to measure: what a class metric needs of them. */
interface Rows {
  /** [rows, 1]: 1 for a row that counts. */
  readonly counts: string;
  /** [rows, 1]: log odds of yes, or [rows, classes]. */
  readonly odds: string;
  /** [rows, 1] or [rows, classes]: 1 for what is true. */
  readonly truth: string;
  /** [rows, 1]: −log p of the true class. */
  readonly surprise: string;
  /** [rows, 1]: the largest probability, and whether it was right. */
  readonly confidence: string;
  readonly correct: string;
  /** [rows, 1]: classes that have a larger logit than the true one. */
  readonly better: string | undefined;
}

/**
 * Appends the sums that optional metrics need, each only where a metric of the list needs it. Nodes that nothing needs are pruned.
 *
 * @param names of `optionalMetrics` for this target; unknown ones are no concern of a program
 * @param publish makes a value an output
 * @param ignore class whose rows do not count
 * @throws ModelBuildError for a curve of too many classes
 */
export function appendMetricSums(
  builder: GraphBuilder,
  output: string,
  label: string | undefined,
  target: SingleTarget,
  names: readonly string[],
  publish: Publish,
  ignore?: number,
): Pick<Program, 'sums' | 'extras'> {
  if (names.length === 0 || label === undefined) return { sums: [], extras: [] };
  if (target.kind !== 'class' && target.kind !== 'binary') return { sums: [], extras: [] };
  const classes = target.classes.length;
  const rows =
    target.kind === 'class'
      ? classRows(builder, output, label, classes, ignore)
      : binaryRows(builder, output, label);
  const sums: string[] = [];
  const extras: { name: string; dims: readonly number[] }[] = [];
  for (const k of [3, 5]) {
    if (rows.better === undefined || !names.includes(`top-${k}-accuracy`)) continue;
    const near = builder.op('Cast', [builder.op('Less', [rows.better, builder.scalar(k)])], {
      to: 'float32',
    });
    const hits = builder.op('Mul', [near, rows.counts]);
    sums.push(publish(total(builder, hits, OPTIONAL_SUM.topK(k)), OPTIONAL_SUM.topK(k)));
  }
  if (names.includes('log-loss')) {
    sums.push(publish(total(builder, rows.surprise, OPTIONAL_SUM.surprise), OPTIONAL_SUM.surprise));
  }
  if (names.includes('calibration-error')) {
    extras.push({ name: publish(calibration(builder, rows), OPTIONAL_SUM.calibration), dims: [3, BINS] });
  }
  if (names.includes('roc-auc') || names.includes('pr-auc')) {
    const curves = target.kind === 'class' ? classes : 1;
    const dims = [2, curves, scoreBins(curves)];
    extras.push({ name: publish(scores(builder, rows, curves), OPTIONAL_SUM.scores), dims });
  }
  return { sums, extras };
}

function classRows(
  builder: GraphBuilder,
  output: string,
  label: string,
  classes: number,
  ignore: number | undefined,
): Rows {
  const axis = builder.ints([1]);
  const logits = builder.op('Reshape', [output, builder.ints([-1, classes])], {}, 'metrics/logits');
  const labels = builder.op('Reshape', [label, builder.ints([-1])], {}, 'metrics/labels');
  const truth = oneHot(builder, labels, classes, 'metrics/truth', ignore);
  const counts = builder.op('ReduceSum', [truth, axis], { keepdims: 1 }, 'metrics/counts');
  const logs = logSoftmax(builder, logits, 'metrics/log_probabilities');
  const probabilities = builder.op('Exp', [logs], {}, 'metrics/probabilities');
  const rest = builder.op('Max', [
    builder.op('Sub', [builder.scalar(1), probabilities]),
    builder.scalar(1e-7),
  ]);
  const picked = (values: string, name: string) =>
    builder.op('ReduceSum', [builder.op('Mul', [truth, values]), axis], { keepdims: 1 }, name);
  const own = picked(logits, 'metrics/own');
  const ahead = builder.op(
    'Cast',
    [builder.op('Greater', [logits, own])],
    { to: 'float32' },
    'metrics/ahead',
  );
  const guess = builder.op('ArgMax', [logits], { axis: 1, keepdims: 0 }, 'metrics/guess');
  return {
    counts,
    odds: builder.op('Sub', [logs, builder.op('Log', [rest])], {}, 'metrics/odds'),
    truth,
    surprise: builder.op('Neg', [picked(logs, 'metrics/likelihood')], {}, 'metrics/surprise'),
    confidence: builder.op('ReduceMax', [probabilities, axis], { keepdims: 1 }, 'metrics/confidence'),
    correct: picked(oneHot(builder, guess, classes, 'metrics/guessed'), 'metrics/correct'),
    better: builder.op('ReduceSum', [ahead, axis], { keepdims: 1 }, 'metrics/better'),
  };
}

function binaryRows(builder: GraphBuilder, output: string, label: string): Rows {
  const column = builder.ints([-1, 1]);
  const odds = builder.op('Reshape', [output, column], {}, 'metrics/odds');
  const truth = builder.op('Reshape', [label, column], {}, 'metrics/truth');
  const sign = builder.op('Sub', [builder.op('Mul', [truth, builder.scalar(2)]), builder.scalar(1)]);
  const right = builder.op('Mul', [sign, odds], {}, 'metrics/right');
  const yes = builder.op('Cast', [builder.op('Greater', [odds, builder.scalar(0)])], { to: 'float32' });
  const wrong = builder.op('Abs', [builder.op('Sub', [yes, truth])], {}, 'metrics/wrong');
  const one = builder.scalar(1);
  return {
    counts: builder.op('Add', [builder.op('Mul', [truth, builder.scalar(0)]), one], {}, 'metrics/counts'),
    odds,
    truth,
    surprise: softplus(builder, builder.op('Neg', [right]), 'metrics/surprise'),
    confidence: builder.op('Sigmoid', [builder.op('Abs', [odds])], {}, 'metrics/confidence'),
    correct: builder.op('Sub', [one, wrong], {}, 'metrics/correct'),
    better: undefined,
  };
}

/** [3, bins] of what lies at or above each edge. */
function calibration(builder: GraphBuilder, { counts, confidence, correct }: Rows): string {
  const edges = builder.constant(
    float32(
      [1, BINS],
      Array.from({ length: BINS }, (_, bin) => bin / BINS),
    ),
  );
  const reached = builder.op('Cast', [builder.op('Greater', [confidence, edges])], { to: 'float32' });
  const weighted = builder.op('Mul', [confidence, counts]);
  const columns = builder.op('Concat', [counts, weighted, correct], { axis: 1 }, 'metrics/calibrated');
  const rows = builder.op('Transpose', [columns], { perm: [1, 0] });
  return builder.op('MatMul', [rows, reached], {}, OPTIONAL_SUM.calibration);
}

/** [2, curves, bins] of the rows that are true and false, and reach each edge. */
function scores(builder: GraphBuilder, { counts, odds, truth }: Rows, curves: number): string {
  if (curves > MOST_CURVES) {
    throw new ModelBuildError({
      section: 'evaluate',
      path: ['metrics'],
      type: 'evaluate',
      needs: `roc-auc and pr-auc are for up to ${MOST_CURVES} classes, and there are ${curves}: leave them out`,
    });
  }
  const bins = scoreBins(curves);
  const edges = builder.constant(float32([1, 1, bins], scoreEdges(curves)), 'metrics/edges');
  const last = builder.ints([2]);
  const reached = builder.op(
    'Cast',
    [builder.op('GreaterOrEqual', [builder.op('Unsqueeze', [odds, last]), edges])],
    { to: 'float32' },
    'metrics/reached',
  );
  const count = (rows: string, name: string) => {
    const products = builder.op('Mul', [builder.op('Unsqueeze', [rows, last]), reached]);
    return builder.op('ReduceSum', [products, builder.ints([0])], { keepdims: 1 }, name);
  };
  const others = builder.op('Sub', [counts, truth], {}, 'metrics/others');
  const halves = [count(truth, 'metrics/positives'), count(others, 'metrics/negatives')];
  return builder.op('Concat', halves, { axis: 0 }, OPTIONAL_SUM.scores);
}
