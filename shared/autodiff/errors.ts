import type { Node } from '../onnx/model.ts';
import { placeOf } from '../onnx/place.ts';

/** Where a node stands, for messages: its operator, name and what it reads and writes. */
export function describeNode(node: Node): string {
  const operator = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  return `${operator} node '${node.name}' (${node.inputs.join(', ')}) -> (${node.outputs.join(', ')})`;
}

/** A node lies between the loss and a weight, and nothing says how to differentiate it. */
export class MissingGradientError extends Error {
  override readonly name = 'MissingGradientError';
  readonly operator: string;
  readonly node: string;

  /**
   * @param reason what is missing, and what would help.
   * @param nodes those of its graph, to say where it sits.
   */
  constructor(node: Node, reason: string, nodes: readonly Node[] = []) {
    super(`No gradient for ${describeNode(node)}${nodes.length > 0 ? placeOf(node, nodes) : ''}: ${reason}`);
    this.operator = node.op;
    this.node = node.name;
  }
}
