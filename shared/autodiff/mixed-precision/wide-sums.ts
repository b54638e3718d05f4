import { GraphBuilder } from '../../onnx/builder.ts';
import { DATA_TYPES } from '../../onnx/data-types.ts';
import type { Model, Node } from '../../onnx/model.ts';
import { prune } from '../../onnx/prune.ts';
import { PRODUCTS } from './operators.ts';

/**
 * Products of float16 that are added up in float32, as cuBLAS and PyTorch do it, for kernels that add up in the type of their
 * operands: those of ONNX Runtime 1.30 for WebGPU. A sum of 4096 ones is 2048 there, where the next one is half of the last bit;
 * of random numbers the error is 9e-4 in a sum of 32 products, 1.7e-3 of 128, 5e-3 of 1024, against 3e-4 for one rounding (relative;
 * measured). Operands and results are float16 still: what is kept between nodes is as small.
 *
 * @param isForward tells the forward nodes from those of the gradients
 */
export function withWideSums(model: Model, isForward: (node: Node) => boolean): Model {
  const { graph } = model;
  const builder = GraphBuilder.from({ ...model, graph: { ...graph, nodes: [], outputs: [] } });
  builder.reserve(graph.nodes.flatMap(({ outputs }) => outputs));
  /** Of results in float16: the same numbers before they are rounded. */
  const exact = new Map<string, string>();
  for (const node of graph.nodes) {
    const { op, inputs, outputs, attributes, name, domain } = node;
    if (isProduct(node) && builder.typeOf(inputs[0]!).type === 'float16') {
      const operands = inputs.map((input) => (input === '' ? '' : widened(builder, input, isForward(node))));
      const sum = builder.op(op, operands, attributes, `${name}/float32`);
      exact.set(outputs[0]!, sum);
      builder.node('Cast', [sum], { to: 'float16' }, { outputs, name });
      continue;
    }
    // What is cast back to float32 need not be rounded in between; nor can it overflow there.
    const known = isCastTo(node, 'float32') ? exact.get(inputs[0]!) : undefined;
    if (known === undefined) builder.node(op, inputs, attributes, { outputs, name, domain });
    else builder.node('Identity', [known], {}, { outputs, name });
  }
  for (const { name } of graph.outputs) builder.output(name);
  return prune(
    builder.build({ name: graph.name }),
    graph.outputs.map(({ name }) => name),
  );
}

/**
 * An operand in float32: a weight as it is, else its cast. For a gradient behind a Reshape to the same shape, which costs nothing:
 * ONNX Runtime joins equal casts, and would keep that of the forward pass for the gradients, at twice the bytes.
 */
function widened(builder: GraphBuilder, value: string, isForward: boolean): string {
  const node = builder.producer(value);
  const source = node?.inputs[0];
  const isWeight = source !== undefined && builder.producer(source) === undefined;
  if (node && isWeight && isCastTo(node, 'float16')) return source;
  const shape = builder.ints(builder.typeOf(value).dims.map(() => 0));
  const operand = isForward ? value : builder.op('Reshape', [value, shape], {}, `${value}/again`);
  return builder.op('Cast', [operand], { to: 'float32' }, `${value}/float32`);
}

function isProduct({ op, domain }: Node): boolean {
  return domain === '' && PRODUCTS.has(op);
}

function isCastTo({ op, domain, attributes }: Node, type: 'float16' | 'float32'): boolean {
  const to = attributes['to'];
  return op === 'Cast' && domain === '' && to?.kind === 'int' && to.value === DATA_TYPES[type].code;
}
