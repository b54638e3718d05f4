import type { Graph, Model, Node } from '../../onnx/model.ts';
import { elementsOf } from '../../onnx/stored-tensor.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/**
 * Gives back the weights that an exporter merged because they happened to be equal. PyTorch's TorchScript exporter stores
 * one of several equal initializers and reads the others through Identity, under their own names: all scales that still are
 * ones, all biases that still are zeros. Trained as one they would be tied. Only tensors of one value throughout are given
 * back: other equal weights are tied on purpose (input and output embeddings).
 */
export function untieEqualWeights(model: Model): Model {
  const { graph } = model;
  const initializers = new Map<string, Tensor>(graph.initializers);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const isCopy = (node: Node): boolean => {
    const [input = '', output = ''] = [node.inputs[0], node.outputs[0]];
    const tensor = graph.initializers.get(input);
    if (node.op !== 'Identity' || node.domain !== '' || !tensor || outputs.has(output)) return false;
    if (tensor.type !== 'float32' || tensor.dims.length === 0 || !isUniform(tensor)) return false;
    initializers.set(output, { ...tensor, data: (tensor.data as Float32Array).slice() });
    return true;
  };
  const nodes = graph.nodes.filter((node) => !isCopy(node));
  const changed: Graph = { ...graph, nodes, initializers };
  return nodes.length === graph.nodes.length ? model : { ...model, graph: changed };
}

/** Whether all values of a float32 tensor are the same. */
export function isUniform(tensor: Tensor): boolean {
  let first: number | undefined;
  for (const { data } of elementsOf(tensor)) {
    const values = data as Float32Array;
    first ??= values[0];
    if (!values.every((value) => value === first)) return false;
  }
  return true;
}
