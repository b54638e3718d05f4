import { showDims } from '../dims.ts';
import { ModelError } from '../errors.ts';
import type { Graph, Node, ValueType } from '../model.ts';
import { foldNode } from './fold.ts';
import { knownOf } from './known.ts';
import { InferenceContext, type Known } from './operator.ts';
import { OPERATORS } from './registry.ts';

/** What inference knows about the values of a graph so far. */
export interface Knowledge {
  readonly types: Map<string, ValueType>;
  /** Values of small tensors that can be followed: shapes, axes, sizes. */
  readonly known: Map<string, Known>;
}

/** `conv1 (Conv)`, with what goes in: for messages. */
export function describeNode(node: Node, inputs: readonly (ValueType | undefined)[]): string {
  const shown = inputs.slice(0, 8).map((type, i) => {
    const name = node.inputs[i] || 'absent';
    return type ? `${name}: ${type.type}${showDims(type.dims)}` : `${name}: ?`;
  });
  if (inputs.length > shown.length) shown.push(`… ${inputs.length - shown.length} more`);
  return `node ${node.name} (${node.op}) of (${shown.join(', ')})`;
}

/**
 * Types of one node's outputs.
 * @param inputTypes one for each input, undefined for an absent one
 * @param constants values of inputs that are known (axes, shapes)
 * @throws ModelError naming node, operator, and input types
 */
export function infer(
  node: Node,
  inputTypes: readonly (ValueType | undefined)[],
  constants: (input: string) => Known | undefined = () => undefined,
): readonly ValueType[] {
  return inferWith(contextOf(node, inputTypes, constants));
}

function contextOf(
  node: Node,
  inputTypes: readonly (ValueType | undefined)[],
  known: (input: string) => Known | undefined,
): InferenceContext {
  const row = node.domain === '' ? OPERATORS.get(node.op) : undefined;
  if (!row) {
    const operator = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    throw new ModelError(`node ${node.name}: operator ${operator} is not supported`);
  }
  return new InferenceContext(node, row, inputTypes, known);
}

function inferWith(context: InferenceContext): readonly ValueType[] {
  const { node, operator } = context;
  try {
    const [least, most] = operator.inputs;
    const given = node.inputs.length;
    if (given < least || given > most) {
      context.fail(
        `it has ${given} inputs; ${node.op} takes ${least === most ? least : `${least} to ${most}`}`,
      );
    }
    const outputs = operator.infer(context);
    if (node.outputs.length > outputs.length) {
      context.fail(`it has ${node.outputs.length} outputs; ${node.op} gives ${outputs.length}`);
    }
    return outputs.slice(0, node.outputs.length);
  } catch (error) {
    throw failed(context, error);
  }
}

/** Sizes that are computed from constants can be too large to count. */
function foldWith(context: InferenceContext, types: readonly ValueType[]): readonly (Known | undefined)[] {
  try {
    return foldNode(context, types);
  } catch (error) {
    throw failed(context, error);
  }
}

function failed(context: InferenceContext, error: unknown): ModelError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ModelError(`${describeNode(context.node, context.inputs)}: ${reason}`, { cause: error });
}

/** Infers one node from what is known of its inputs, and adds what is known of its outputs. */
export function inferNode(node: Node, knowledge: Knowledge): void {
  const inputs = node.inputs.map((name) => {
    if (name === '') return undefined;
    const type = knowledge.types.get(name);
    if (!type)
      throw new ModelError(
        `node ${node.name} (${node.op}): its input ${JSON.stringify(name)} is not defined`,
      );
    return type;
  });
  const context = contextOf(node, inputs, (name) => knowledge.known.get(name));
  const types = inferWith(context);
  for (const [i, type] of types.entries()) {
    if (node.outputs[i]) knowledge.types.set(node.outputs[i], type);
  }
  const folded = foldWith(context, types);
  for (const [i, known] of folded.entries()) {
    if (known && node.outputs[i]) knowledge.known.set(node.outputs[i], known);
  }
}

/**
 * Types of every value of a graph whose nodes are in order. Shape computations (Shape, Gather, Concat, …) are
 * followed with symbolic dimensions, so graphs as exporters write them infer.
 * @throws ModelError at the first node that does not fit
 */
export function inferGraph(graph: Graph): Knowledge {
  const knowledge: Knowledge = { types: new Map(), known: new Map() };
  for (const { name, type, dims } of graph.inputs) knowledge.types.set(name, { type, dims });
  for (const [name, tensor] of graph.initializers) {
    knowledge.types.set(name, { type: tensor.type, dims: tensor.dims });
    const known = knownOf(tensor);
    if (known) knowledge.known.set(name, known);
  }
  for (const node of graph.nodes) inferNode(node, knowledge);
  return knowledge;
}
