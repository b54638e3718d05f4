import type { Node } from '../onnx/model.ts';

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

  /** @param reason what is missing, and what would help. */
  constructor(node: Node, reason: string) {
    super(`No gradient for ${describeNode(node)}: ${reason}`);
    this.operator = node.op;
    this.node = node.name;
  }
}
