import type { Graph, Model, Node } from '../../shared/onnx/model.ts';
import { EngineError } from '../engine.ts';
import { messageOf } from '../message.ts';
import type { TensorFlow, TfTensor } from './load.ts';
import { Call, type Operator } from './operators/operator.ts';
import { operators } from './operators/registry.ts';

export interface Step {
  readonly node: Node;
  readonly operator: Operator;
}

/**
 * Finds the row of each node.
 *
 * @throws EngineError that lists the operators that are missing, with the nodes that use them.
 */
export function planOf(model: Model): Step[] {
  const missing: string[] = [];
  const steps: Step[] = [];
  for (const node of model.graph.nodes) {
    const operator = node.domain === '' ? operators.get(node.op) : undefined;
    if (operator) steps.push({ node, operator });
    else
      missing.push(
        `${node.domain ? `${node.domain}.` : ''}${node.op} (node "${node.name || node.outputs[0]}")`,
      );
  }
  if (missing.length > 0) {
    throw new EngineError(
      `The tfjs engine has no operator for ${missing.join(', ')} of graph "${model.graph.name}". ` +
        'Add a row in engines/tfjs/operators/, or use the cpu engine.',
    );
  }
  return steps;
}

/**
 * Runs the steps in order on `values` (graph inputs and initializers by name), and adds every node's outputs to
 * it. To be called within `tf.tidy` or a gradient: nothing is disposed here.
 */
export function interpret(tf: TensorFlow, steps: readonly Step[], values: Map<string, TfTensor>): void {
  for (const { node, operator } of steps) {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : lookUp(values, name, node)));
    const outputs = compute(tf, node, operator, inputs);
    for (const [index, name] of node.outputs.entries()) {
      if (name === '') continue;
      const output = outputs[index];
      if (!output) {
        throw new EngineError(
          `The tfjs engine does not compute output ${index} ("${name}") of ${node.op} (node "${node.name}").`,
        );
      }
      values.set(name, output);
    }
  }
}

function compute(
  tf: TensorFlow,
  node: Node,
  operator: Operator,
  inputs: readonly (TfTensor | undefined)[],
): readonly TfTensor[] {
  try {
    const result = operator(new Call(tf, node, inputs));
    return Array.isArray(result) ? result : [result as TfTensor];
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    const shapes = inputs.map((input) => (input ? `${input.dtype}[${input.shape.join(', ')}]` : '–'));
    throw new EngineError(
      `TensorFlow.js failed in ${node.op} (node "${node.name || node.outputs[0]}", inputs ${shapes.join(', ')}): ` +
        messageOf(cause),
      { cause },
    );
  }
}

function lookUp(values: ReadonlyMap<string, TfTensor>, name: string, node: Node): TfTensor {
  const value = values.get(name);
  if (value) return value;
  throw new EngineError(
    `Node "${node.name}" (${node.op}) reads "${name}", which nothing before it computes.`,
  );
}

/** Steps whose outputs do not depend on a graph input: their values are computed once. */
export function constantSteps(graph: Graph, steps: readonly Step[]): Set<Step> {
  const known = new Set(graph.initializers.keys());
  const constants = new Set<Step>();
  for (const step of steps) {
    if (step.node.inputs.every((name) => name === '' || known.has(name))) {
      constants.add(step);
      for (const name of step.node.outputs) known.add(name);
    }
  }
  return constants;
}
