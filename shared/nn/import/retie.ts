import type { Model, Node } from '../../onnx/model.ts';
import { elementsOf, StoredTensor } from '../../onnx/stored-tensor.ts';
import { sizeOf, type Tensor } from '../../onnx/tensor.ts';
import { isUniform } from './untie.ts';
import { findWeights } from './weights.ts';

/**
 * Ties weights again that an exporter wrote twice: constant folding stores the transposed copy of a language model's output
 * matrix beside its embedding, and trained apart the two would no longer be one. A matrix that equals an earlier one, or
 * its transpose, to the last bit is computed from that one; its name becomes that of the Transpose.
 */
export function retieWeights(model: Model): {
  readonly model: Model;
  readonly tied: readonly (readonly [string, string])[];
} {
  const { graph } = model;
  // Equal by chance is likely only for tensors of one value.
  const matrices = findWeights(graph)
    .filter(({ tensor }) => tensor.dims.length === 2 && !isUniform(tensor))
    .map(({ name, tensor }) => ({ name, tensor, corners: cornersOf(tensor) }));
  const copies = new Map<string, Node>();
  const tied: (readonly [string, string])[] = [];
  matrices.forEach(({ name, tensor, corners }, index) => {
    for (const first of matrices.slice(0, index)) {
      if (copies.has(first.name) || first.corners.some((value, at) => value !== corners[at])) continue;
      const same = equal(first.tensor, tensor);
      if (!same && !equalTransposed(first.tensor, tensor)) continue;
      const op = same ? 'Identity' : 'Transpose';
      const attributes: Node['attributes'] = same ? {} : { perm: { kind: 'ints', value: [1, 0] } };
      copies.set(name, {
        name: `${name}_tied`,
        op,
        domain: '',
        inputs: [first.name],
        outputs: [name],
        attributes,
      });
      tied.push([name, first.name]);
      return;
    }
  });
  if (copies.size === 0) return { model, tied };
  // Constants stand before their readers, so what is computed from them goes to the front, behind the Constants.
  const isConstant = (node: Node) => node.op === 'Constant' && node.domain === '';
  const constants = graph.nodes.filter((node) => isConstant(node) && !copies.has(node.outputs[0] as string));
  const others = graph.nodes.filter((node) => !isConstant(node));
  const nodes = [...constants, ...copies.values(), ...others];
  const initializers = new Map([...graph.initializers].filter(([name]) => !copies.has(name)));
  return { model: { ...model, graph: { ...graph, nodes, initializers } }, tied };
}

/** The first and the last value, which stay where they are when a matrix is transposed: most that differ, differ there. */
function cornersOf(tensor: Tensor): readonly [number, number] {
  const last = sizeOf(tensor.dims) - 1;
  return [numberAt(tensor, 0), numberAt(tensor, last)];
}

function numberAt(tensor: Tensor, index: number): number {
  const isStored = tensor instanceof StoredTensor;
  return Number(isStored ? tensor.read(index, 1)[0] : tensor.data[index]);
}

function equal(a: Tensor, b: Tensor): boolean {
  if (a.dims[0] !== b.dims[0] || a.dims[1] !== b.dims[1]) return false;
  const others = elementsOf(b);
  for (const { data } of elementsOf(a)) {
    const [x, y] = [data as Float32Array, others.next().value?.data as Float32Array];
    if (!x.every((value, index) => value === y[index])) return false;
  }
  return true;
}

function equalTransposed(a: Tensor, b: Tensor): boolean {
  const [rows, columns] = a.dims as [number, number];
  if (b.dims[0] !== columns || b.dims[1] !== rows) return false;
  const x = a.data as Float32Array;
  for (const { start, data } of elementsOf(b)) {
    const isSame = (value: number, index: number) => {
      const at = start + index;
      return value === x[(at % rows) * columns + Math.floor(at / rows)];
    };
    if (!(data as Float32Array).every(isSame)) return false;
  }
  return true;
}
