import type { TargetSpec } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';

/**
 * Adds what people want to read beside logits: `probabilities`, [batch, …, classes] by softmax; binary [batch, 1] of the
 * second class, by sigmoid. Numbers need nothing.
 */
export function appendProbabilities(builder: GraphBuilder, output: string, target: TargetSpec): void {
  if (target.kind === 'class') builder.output(builder.op('Softmax', [output], { axis: -1 }, 'probabilities'));
  if (target.kind === 'binary') builder.output(builder.op('Sigmoid', [output], {}, 'probabilities'));
}
