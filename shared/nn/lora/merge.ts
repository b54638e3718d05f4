import { tensorOfConstant } from '../../onnx/constants.ts';
import type { Model, Node } from '../../onnx/model.ts';
import { float32, type Tensor } from '../../onnx/tensor.ts';
import { withMagnitude } from './magnitude.ts';
import type { Adapter, AdapterRecord } from './record.ts';

/**
 * The model without its adapters, their product added to the weights: the same outputs, and the nodes of the file.
 *
 * @param model adapters' current values as initializers
 */
export function mergeAdapters(model: Model, { rank, alpha, adapters }: AdapterRecord): Model {
  const { graph } = model;
  const added = new Set(adapters.flatMap(({ nodes }) => nodes));
  const outputs = new Map(adapters.flatMap((adapter) => Object.entries(adapter.outputs)));
  const merged = new Map<string, Tensor>();
  const constants = new Map(
    graph.nodes.flatMap((node) =>
      node.op === 'Constant' ? [[node.outputs[0] as string, node] as const] : [],
    ),
  );
  for (const adapter of adapters) {
    const node = constants.get(adapter.weight);
    const weight = node && tensorOfConstant(node);
    const a = graph.initializers.get(adapter.a);
    const b = graph.initializers.get(adapter.b);
    if (!weight || !a || !b) throw new Error(`The adapter of ${adapter.weight} is not whole.`);
    const changed = addProduct(weight, a, b, adapter, rank, alpha / rank);
    const magnitude = adapter.magnitude && graph.initializers.get(adapter.magnitude);
    merged.set(adapter.weight, magnitude ? withMagnitude(changed, magnitude, adapter) : changed);
  }
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (added.has(node.name)) return [];
    const tensor = node.op === 'Constant' ? merged.get(node.outputs[0] as string) : undefined;
    if (tensor) return [{ ...node, attributes: { value: { kind: 'tensor', value: tensor } } }];
    return [{ ...node, outputs: node.outputs.map((name) => outputs.get(name) ?? name) }];
  });
  const gone = new Set(adapters.flatMap(({ a, b, magnitude }) => [a, b, magnitude]));
  const initializers = new Map([...graph.initializers].filter(([name]) => !gone.has(name)));
  return { ...model, graph: { ...graph, nodes, initializers } };
}

/** weight + scale · B A, in the weight's own layout; summed in float64. */
function addProduct(
  weight: Tensor,
  a: Tensor,
  b: Tensor,
  adapter: Adapter,
  rank: number,
  scale: number,
): Tensor {
  const down = a.data as Float32Array;
  const up = b.data as Float32Array;
  const values = (weight.data as Float32Array).slice();
  const { kind, transposed } = adapter;
  const out = b.dims[0] as number;
  // Elements of the weight that belong to one output: inputs, times the kernel's size.
  const each = values.length / out;
  const isOutFirst = kind === 'conv' || (kind === 'dense' && transposed);
  const row = new Float64Array(each);
  for (let o = 0; o < out; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * (up[o * rank + r] as number);
      if (factor === 0) continue;
      // An embedding's A is stored by row of the table, the others' by rank.
      for (let i = 0; i < each; i++) {
        row[i] =
          (row[i] as number) + factor * (down[kind === 'embedding' ? i * rank + r : r * each + i] as number);
      }
    }
    for (let i = 0; i < each; i++) {
      const at = isOutFirst ? o * each + i : i * out + o;
      values[at] = (values[at] as number) + (row[i] as number);
    }
  }
  return float32(weight.dims, values);
}
