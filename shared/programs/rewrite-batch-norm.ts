import { numberAttribute } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Node } from '../onnx/model.ts';
import type { MeasuredStatistic } from './program.ts';

/**
 * BatchNormalization in training: the batch's own statistics normalise, as plain operators that every engine runs
 * and every differentiator knows. Mean and second moment of the batch become outputs; what becomes of them is
 * `foldStatistics`' business, so the program has no state.
 *
 * The variance is taken of centred values, not as E[x²] - E[x]²: the difference of two large numbers loses a channel whose
 * mean is large beside its spread. Channels keep their axis (1), so nothing has to be reshaped on the way back.
 */
export function trainBatchNorm(builder: GraphBuilder, node: Node): MeasuredStatistic {
  const [input, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  const output = node.outputs[0]!;
  const rank = builder.typeOf(input).dims.length;
  const axes = builder.ints(Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1));
  const name = (part: string) => `${node.name}/${part}`;

  const batchMean = builder.op('ReduceMean', [input, axes], { keepdims: 1 }, name('mean'));
  const centred = builder.op('Sub', [input, batchMean], {}, name('centred'));
  const squares = builder.op('Mul', [centred, centred], {}, name('squares'));
  const spread = builder.op('ReduceMean', [squares, axes], { keepdims: 1 }, name('variance'));
  const epsilon = builder.scalar(numberAttribute(node, 'epsilon'));
  const deviation = builder.op('Sqrt', [builder.op('Add', [spread, epsilon])], {}, name('deviation'));
  const factor = builder.op('Div', [perChannel(builder, scale, rank), deviation], {}, name('factor'));
  const scaled = builder.op('Mul', [centred, factor], {}, name('scaled'));
  builder.node('Add', [scaled, perChannel(builder, bias, rank)], {}, { outputs: [output], name: node.name });

  // Statistics leave in the buffers' own shape, [channels].
  const channels = builder.ints([-1]);
  const meanOutput = builder.op('Reshape', [batchMean, channels], {}, name('batch_mean'));
  const meanSquare = builder.op('Mul', [batchMean, batchMean], {}, name('mean_square'));
  const moment = builder.op('Add', [spread, meanSquare], {}, name('second_moment'));
  const secondMomentOutput = builder.op('Reshape', [moment, channels], {}, name('batch_second_moment'));
  return { mean, variance, meanOutput, secondMomentOutput };
}

/** [channels] as [1, channels, 1, …], to go with a value of this rank. */
function perChannel(builder: GraphBuilder, value: string, rank: number): string {
  return builder.op('Reshape', [value, builder.ints([1, -1, ...new Array<number>(rank - 2).fill(1)])]);
}
