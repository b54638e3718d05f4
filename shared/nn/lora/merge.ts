import { tensorOfConstant } from '../../onnx/constants.ts';
import type { Model, Node } from '../../onnx/model.ts';
import { partOf, readOnce, StoredTensor } from '../../onnx/stored-tensor.ts';
import { float32, sizeOf, type Tensor } from '../../onnx/tensor.ts';
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
    const known = magnitude && changed instanceof StoredTensor ? readOnce(changed) : changed;
    merged.set(adapter.weight, magnitude ? withMagnitude(known, magnitude, adapter) : changed);
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

/** weight + scale · B A, in the weight's own layout; summed in float64. Of a weight in a file, when somebody looks at it. */
function addProduct(
  weight: Tensor,
  a: Tensor,
  b: Tensor,
  adapter: Adapter,
  rank: number,
  scale: number,
): Tensor {
  const size = sizeOf(weight.dims);
  const product = productOf(a, b, adapter, rank, scale, size);
  const from = (start: number, part: Tensor): Float32Array =>
    (part.data as Float32Array).map((value, at) => value + product(start + at));
  if (!(weight instanceof StoredTensor)) return float32(weight.dims, from(0, weight));
  return new StoredTensor('float32', weight.dims, (start, count) =>
    from(start, partOf(weight, start, [count])),
  );
}

/** scale · B A at an element of a weight that has `size` of them. */
function productOf(
  a: Tensor,
  b: Tensor,
  { kind, transposed }: Adapter,
  rank: number,
  scale: number,
  size: number,
): (element: number) => number {
  const down = a.data as Float32Array;
  const factors = Float64Array.from(b.data as Float32Array, (up) => scale * up);
  const out = b.dims[0] as number;
  // Elements of the weight that belong to one output: inputs, times the kernel's size.
  const each = size / out;
  const isOutFirst = kind === 'conv' || (kind === 'dense' && transposed);
  // An embedding's A is stored by row of the table, the others' by rank.
  const [ofRank, ofInput] = kind === 'embedding' ? [1, rank] : [each, 1];
  return (element) => {
    const input = isOutFirst ? element % each : Math.floor(element / out);
    const output = isOutFirst ? Math.floor(element / each) : element % out;
    let sum = 0;
    for (let r = 0; r < rank; r++) {
      sum += (factors[output * rank + r] as number) * (down[r * ofRank + input * ofInput] as number);
    }
    return sum;
  };
}
