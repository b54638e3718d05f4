import type { GraphBuilder } from '../onnx/builder.ts';
import { expansionOf } from '../onnx/expand/registry.ts';
import { Expressions } from '../onnx/expressions.ts';
import type { Node, ValueType } from '../onnx/model.ts';
import { valuesUsedBy } from '../onnx/prune.ts';
import { MissingGradientError } from './errors.ts';
import { croppedApart } from './merge-pads.ts';
import type { LoweringTarget } from './registry.ts';
import { scanGradient } from './scan/gradient.ts';
import { RULES } from './table.ts';
import { unbroadcast } from './unbroadcast.ts';

export interface DifferentiateOptions {
  /** Where the gradient graph will run; the portable 'webgpu' forms run everywhere. Default 'cpu'. */
  readonly target?: LoweringTarget;
}

/**
 * Reverse-mode differentiation (Griewank and Walther, "Evaluating Derivatives", ch. 3) of a graph under
 * construction: appends the nodes that compute d(of)/d(value), named `<node>_Grad/<Operator>`.
 *
 * The result may be differentiated again. Only nodes between `withRespectTo` and `of` are visited, so the
 * gradient of data is never computed. Rules give one node's derivatives; this walker alone accumulates (a chain
 * of Add: Sum does not run on WebGPU) and sums broadcast dimensions back.
 *
 * @param of a float value with one element.
 * @param withRespectTo float values that `of` may depend on.
 * @returns the gradient's value, of the same shape, for each; undefined where it is structurally zero.
 * @throws MissingGradientError when an operator on the way has no rule, or one of its settings is not covered.
 */
export function differentiate(
  builder: GraphBuilder,
  of: string,
  withRespectTo: readonly string[],
  options: DifferentiateOptions = {},
): Map<string, string | undefined> {
  // The seed is a node, which must come after those of the graph: pullBack asks for it once it has read them.
  return pullBack(builder, () => new Map([[of, seed(builder, of)]]), withRespectTo, options);
}

/**
 * Reverse mode from given adjoints: appends the nodes that compute, for each value of `withRespectTo`, the sum over
 * `adjoints` of adjoint times derivative. Values may lie inside the graph.
 *
 * @param adjoints by value, a value of the same shape
 */
export function pullBack(
  builder: GraphBuilder,
  adjoints: ReadonlyMap<string, string> | (() => ReadonlyMap<string, string>),
  withRespectTo: readonly string[],
  options: DifferentiateOptions = {},
): Map<string, string | undefined> {
  const target = options.target ?? 'cpu';
  const nodes = [...builder.nodes];
  const active = activeValues(builder, nodes, withRespectTo);
  const expanded = new Map<string, string>();
  const contributions = new Map<string, string[]>();
  for (const [value, adjoint] of typeof adjoints === 'function' ? adjoints() : adjoints) {
    if (active.has(value)) contributions.set(value, [adjoint]);
  }

  for (const node of nodes.reverse()) {
    if (!node.outputs.some((output) => contributions.has(output))) continue;
    if (!valuesUsedBy(node).some((input) => active.has(input))) continue;
    const e = new Expressions(builder, `${node.name}_Grad`, expanded);
    const cropped = croppedApart(e, node, contributions.get(node.outputs[0] as string) ?? []);
    if (cropped !== undefined && !active.has(node.inputs[2] ?? '')) {
      const [input] = node.inputs as [string];
      contributions.set(input, [...(contributions.get(input) ?? []), ...cropped]);
      continue;
    }
    const gradients = node.outputs.map((output) => total(output, contributions, e));
    const wanted = node.inputs.map((input) => active.has(input));
    if (node.op === 'Scan' && node.domain === '') {
      for (const [value, gradient] of scanGradient(pullBack, { node, gradients, active, target, e })) {
        contributions.set(value, [...(contributions.get(value) ?? []), gradient]);
      }
      continue;
    }
    const row = node.domain === '' ? RULES.get(node.op) : undefined;
    if (row === undefined) {
      throw new MissingGradientError(node, reasonFor(node), builder.nodes);
    }
    const { inputs, outputs } = node;
    const results = row.rule({ node, inputs, outputs, gradients, wanted, target, e });
    inputs.forEach((input, k) => {
      const gradient = results[k];
      if (gradient === undefined || !wanted[k]) return;
      const fitted = unbroadcast(e, gradient, input, target);
      contributions.set(input, [...(contributions.get(input) ?? []), fitted]);
    });
  }

  return new Map(
    withRespectTo.map((value) => {
      const e = new Expressions(builder, `${value}_Grad`, expanded);
      return [value, total(value, contributions, e)] as const;
    }),
  );
}

function reasonFor({ op, domain }: Node): string {
  if (expansionOf(op, domain)) {
    return 'the operator has no rule of its own, it is written as others: bring the model in with importModel, or expandOperators.';
  }
  return (
    'the operator is not in the registry (docs/operators.md lists it). Replace it by operators that are, ' +
    'or keep what lies before it out of training.'
  );
}

/** The values that depend, differentiably, on those of `withRespectTo`. */
function activeValues(
  builder: GraphBuilder,
  nodes: readonly Node[],
  withRespectTo: readonly string[],
): ReadonlySet<string> {
  const active = new Set<string>();
  for (const value of withRespectTo) {
    if (!isFloat(builder.typeOf(value))) {
      throw new TypeError(
        `Cannot differentiate with respect to '${value}': its type is ${builder.typeOf(value).type}, not a float.`,
      );
    }
    active.add(value);
  }
  for (const node of nodes) {
    if (!valuesUsedBy(node).some((input) => active.has(input))) continue;
    const row = node.domain === '' ? RULES.get(node.op) : undefined;
    if (row !== undefined && row.kind !== 'rule') continue;
    for (const output of node.outputs) {
      if (output !== '' && (isFloat(builder.typeOf(output)) || carries(builder, node, output, active)))
        active.add(output);
    }
  }
  return active;
}

const MOVES = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Concat',
  'MaxPool',
]);
const QUANTISES = new Set(['QuantizeLinear', 'DynamicQuantizeLinear']);

/** Whether an integer stands for the real number that it was rounded from: straight-through (rules/quantisation.ts). */
function carries(builder: GraphBuilder, node: Node, output: string, active: ReadonlySet<string>): boolean {
  if (output !== node.outputs[0]) return false;
  if (QUANTISES.has(node.op)) return true;
  const isInteger = (value: string) => builder.typeOf(value).type.endsWith('int8');
  return (
    MOVES.has(node.op) && isInteger(output) && node.inputs.some((input) => input !== '' && active.has(input))
  );
}

function isFloat({ type }: ValueType): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16' || type === 'bfloat16';
}

/** d(of)/d(of) = 1. */
function seed(builder: GraphBuilder, of: string): string {
  const { type, dims } = builder.typeOf(of);
  if (dims.some((dim) => dim !== 1)) {
    throw new TypeError(
      `Cannot differentiate '${of}' of shape [${dims.join(', ')}]: only a value with one element has a gradient. ` +
        'Reduce it first (ReduceSum, ReduceMean).',
    );
  }
  const one = builder.scalar(1, type);
  return dims.length === 0
    ? one
    : builder.op('Reshape', [one, builder.ints(dims.map(() => 1))], {}, `${of}_grad`);
}

/** The sum of what arrived for a value, added up once. */
function total(value: string, contributions: Map<string, string[]>, e: Expressions): string | undefined {
  const [first, ...rest] = contributions.get(value) ?? [];
  if (first === undefined) return undefined;
  const scattered = [first, ...rest].flatMap((value) => scatteredIntoZeros(e.builder, value) ?? []);
  const plain = [first, ...rest].filter((value) => !scattered.some((node) => node.outputs[0] === value));
  const [start, ...others] = plain;
  if (start !== undefined && scattered.length > 0) {
    // Straight into the sum of the others: no zeros are made, and nothing of their size is added.
    const base = others.reduce((sum, next) => e.add(sum, next), start);
    const sum = scattered.reduce(
      (into, { op, inputs, attributes }) => e.op(op, [into, ...inputs.slice(1)], attributes),
      base,
    );
    contributions.set(value, [sum]);
    return sum;
  }
  // Not builder.op: what was only broadcast (the gradient of a sum) is added without being written out.
  const sum = rest.reduce((sum, next) => e.add(sum, next), first);
  contributions.set(value, [sum]);
  return sum;
}

/** The node that adds into zeros what was read by index (rules/indexing.ts); nothing else reads its result yet. */
function scatteredIntoZeros(builder: GraphBuilder, value: string): Node | undefined {
  const node = builder.producer(value);
  const reduction = node?.attributes['reduction']?.value;
  if ((node?.op !== 'ScatterElements' && node?.op !== 'ScatterND') || reduction !== 'add') return undefined;
  const zeros = builder.producer(node.inputs[0] as string);
  const filled = zeros?.op === 'Expand' ? builder.isConstant(zeros.inputs[0] as string) : undefined;
  return filled?.dims.length === 0 && Number(filled.data[0]) === 0 ? node : undefined;
}
