import { GraphBuilder } from '../../onnx/builder.ts';
import type { Graph, Node, ValueType } from '../../onnx/model.ts';
import { capturedBy, valuesUsedBy } from '../../onnx/prune.ts';
import type { LoweringTarget } from '../registry.ts';

/** Reverse mode from given adjoints (`differentiate` without its seed): the walker hands itself in. */
export type PullBack = (
  builder: GraphBuilder,
  adjoints: ReadonlyMap<string, string>,
  withRespectTo: readonly string[],
  options: { readonly target?: LoweringTarget },
) => Map<string, string | undefined>;

export interface BodyQuestion {
  readonly body: Graph;
  /** How many of the body's inputs and outputs are state; the others are slices. */
  readonly states: number;
  /** Types of the values that the body reads from around it. */
  readonly typeOf: (captured: string) => ValueType;
  /** Outputs whose adjoint is given: all states, and slices that something depends on. */
  readonly given: readonly boolean[];
  readonly wantedInputs: readonly boolean[];
  readonly wantedCaptured: ReadonlySet<string>;
  readonly target: LoweringTarget;
}

/** A product of the body with a weight that stays the same: its gradient is one product over all steps. */
export interface Product {
  readonly node: Node;
  /** The adjoint of its result in one step. */
  readonly adjoint: string;
}

/** One step backwards: names are those of `builder`, which holds the body and what follows it. */
export interface BodyGradient {
  readonly builder: GraphBuilder;
  /** By output of the body, the input that its adjoint comes in by. */
  readonly adjoints: readonly (string | undefined)[];
  /** By input of the body, its gradient: of every state, of slices where it is wanted and not zero. */
  readonly gradients: readonly (string | undefined)[];
  /** The share of one step in the gradient of values around the body. */
  readonly captured: ReadonlyMap<string, string>;
  readonly products: readonly Product[];
  /** The nodes of the step, in order, with the constants they read. */
  readonly nodes: readonly Node[];
  /** Values of the step forwards that are read: what the body computes, its states, its slices. */
  readonly read: readonly string[];
}

/** The derivative of one step of a Scan. Weights that only Gemm nodes multiply by are left to `products`. */
export function bodyGradient(pullBack: PullBack, question: BodyQuestion): BodyGradient {
  const { body, states, typeOf, given, wantedInputs, wantedCaptured, target } = question;
  const builder = new GraphBuilder();
  const captured = capturedBy(body);
  for (const { name, type, dims } of body.inputs) builder.input(name, type, dims);
  for (const name of captured) builder.input(name, typeOf(name).type, typeOf(name).dims);
  for (const { op, domain, name, inputs, outputs, attributes } of body.nodes)
    builder.node(op, inputs, attributes, { name, domain, outputs });
  const forward = builder.nodes.length;
  const adjoints = body.outputs.map(({ name }, k) => {
    if (!given[k]) return undefined;
    const { type, dims } = builder.typeOf(name);
    return builder.input(builder.unique(`${name}/adjoint`), type, dims);
  });

  const shared = [...wantedCaptured].filter((name) => onlyMultiplies(name, body.nodes));
  const factors = body.nodes.filter((node) => node.inputs.some((input) => shared.includes(input)));
  const alone = [...wantedCaptured].filter((name) => !shared.includes(name));
  const inputs = body.inputs.map(({ name }) => name);
  const wanted = inputs.filter((_, k) => k < states || wantedInputs[k]);
  const results = factors.map(({ outputs }) => outputs[0] as string);
  const seeds = new Map(
    adjoints.flatMap((adjoint, k) => (adjoint ? [[body.outputs[k]!.name, adjoint] as const] : [])),
  );
  const found = pullBack(builder, seeds, [...wanted, ...alone, ...results], { target });

  const gradients = inputs.map((name, k) => {
    const gradient = found.get(name);
    if (gradient !== undefined || k >= states) return gradient;
    return builder.op('Mul', [adjoints[k] as string, builder.scalar(0, builder.typeOf(name).type)]);
  });
  const shares = new Map(
    alone.flatMap((name) => {
      const share = found.get(name);
      return share === undefined ? [] : [[name, share] as const];
    }),
  );
  const products = factors.flatMap((node, k) => {
    const adjoint = found.get(results[k] as string);
    return adjoint === undefined ? [] : [{ node, adjoint }];
  });
  const needed = [...gradients, ...shares.values(), ...products.map(({ adjoint }) => adjoint)];
  const nodes = neededNodes(builder, forward, needed);
  const own = new Set([...nodes.flatMap(({ outputs }) => outputs), ...captured]);
  const incoming = new Set(adjoints);
  const read = [...nodes.flatMap(valuesUsedBy), ...products.map(({ node }) => node.inputs[0] as string)];
  return {
    builder,
    adjoints,
    gradients,
    captured: shares,
    products,
    nodes,
    read: [...new Set(read)].filter((name) => !own.has(name) && !incoming.has(name)),
  };
}

/** Whether a value is nothing but the second factor or the bias of plain Gemm nodes. */
function onlyMultiplies(name: string, nodes: readonly Node[]): boolean {
  return nodes.every((node) => {
    if (!valuesUsedBy(node).includes(name)) return true;
    const isPlain = ['transA', 'alpha', 'beta'].every((key) => node.attributes[key] === undefined);
    return node.op === 'Gemm' && isPlain && node.inputs[0] !== name;
  });
}

/** What follows the first `forward` nodes as far as `values` depend on it, and the constants that it reads. */
function neededNodes(
  builder: GraphBuilder,
  forward: number,
  values: readonly (string | undefined)[],
): readonly Node[] {
  const needed = new Set(values);
  const nodes: Node[] = [];
  for (const [at, node] of [...builder.nodes.entries()].reverse()) {
    if (at < forward && node.op !== 'Constant') continue;
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of valuesUsedBy(node)) needed.add(input);
    nodes.push(node);
  }
  return nodes.reverse();
}
