import type { GraphBuilder } from '../onnx/builder.ts';
import type { Node } from '../onnx/model.ts';
import type { NoiseInput } from './program.ts';

/**
 * Dropout in training: noise u in [0, 1) is an input, [batch, …] as the value itself; what has u < rate is dropped, the rest is
 * scaled by 1 / (1 - rate) (inverted dropout). No random operator, so all engines draw the same masks.
 *
 * @param place the dropout's number in the model, from 0; part of the generator's key
 * @returns the noise input, or undefined when the rate is 0
 */
export function trainDropout(builder: GraphBuilder, node: Node, place: number): NoiseInput | undefined {
  const input = node.inputs[0]!;
  const output = node.outputs[0]!;
  const rate = rateOf(builder, node);
  if (rate === 0) {
    keepValue(builder, node);
    return undefined;
  }
  const { dims } = builder.typeOf(input);
  const example = dims.slice(1);
  if (dims[0] !== 'batch' || !example.every((dim) => typeof dim === 'number')) {
    throw new Error(
      `Dropout ${node.name}: its input is [${dims.join(', ')}], but noise is drawn per example: it needs ` +
        '[batch, …] with known sizes.',
    );
  }
  const name = builder.input(`noise${place}`, 'float32', dims);
  const kept = builder.op('GreaterOrEqual', [name, builder.scalar(rate)], {}, `${node.name}/kept`);
  const mask = builder.op('Cast', [kept], { to: 'float32' }, `${node.name}/mask`);
  const scaled = builder.op('Mul', [mask, builder.scalar(1 / (1 - rate))], {}, `${node.name}/scaled_mask`);
  builder.node('Mul', [input, scaled], {}, { outputs: [output], name: node.name });
  return { name, dims: example as number[], place };
}

/** Dropout outside of training: the value itself. */
export function keepValue(builder: GraphBuilder, node: Node): void {
  builder.node('Identity', [node.inputs[0]!], {}, { outputs: [node.outputs[0]!], name: node.name });
}

function rateOf(builder: GraphBuilder, node: Node): number {
  const ratio = node.inputs[1];
  if (ratio === undefined || ratio === '') return 0.5;
  const rate = builder.isConstant(ratio)?.data[0];
  if (rate === undefined)
    throw new Error(`Dropout ${node.name}: its ratio '${ratio}' is computed; it must be constant.`);
  return Number(rate);
}
