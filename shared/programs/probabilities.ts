import { probabilitiesOf, type SingleTarget, type TargetSpec } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';

/**
 * Makes a model's outputs those of the graph, and adds what people want to read beside logits: `probabilities`, [batch, …, classes]
 * by softmax; binary [batch, 1] of the second class, by sigmoid. Of several outputs `<name>_probabilities` beside each that has
 * logits. Numbers need nothing.
 */
export function publishOutputs(builder: GraphBuilder, { graph }: Model, target: TargetSpec): void {
  if (target.kind !== 'several') {
    const output = builder.output(graph.outputs[0]!.name);
    appendProbabilities(builder, output, target, 'probabilities');
    return;
  }
  for (const { name, target: single } of target.outputs) {
    appendProbabilities(builder, builder.output(name), single, probabilitiesOf(name));
  }
}

function appendProbabilities(
  builder: GraphBuilder,
  output: string,
  target: SingleTarget,
  name: string,
): void {
  if (target.kind === 'class' || target.kind === 'symbols')
    builder.output(builder.op('Softmax', [output], { axis: -1 }, name));
  if (target.kind === 'binary') builder.output(builder.op('Sigmoid', [output], {}, name));
}
