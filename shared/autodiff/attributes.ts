import type { Node } from '../onnx/model.ts';
import type { Tensor } from '../onnx/tensor.ts';

/** A numeric attribute (int or float) of a node, or the operator's default. */
export function numberOf(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
}

export function stringOf(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : fallback;
}

export function intsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** The integers of a constant tensor; undefined when the value is not constant or not numeric. */
export function integersOf(tensor: Tensor | undefined): number[] | undefined {
  if (tensor === undefined || tensor.type === 'string') return undefined;
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}
