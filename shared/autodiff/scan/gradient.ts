import type { Expressions } from '../../onnx/expressions.ts';
import type { Node, ValueInfo } from '../../onnx/model.ts';
import { capturedBy } from '../../onnx/prune.ts';
import { intsOf, numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import type { LoweringTarget } from '../registry.ts';
import { unbroadcast } from '../unbroadcast.ts';
import { type BodyGradient, bodyGradient, type PullBack } from './body-gradient.ts';
import { factored } from './factored.ts';
import { scanNode } from './scan-node.ts';

export interface ScanContext {
  readonly node: Node;
  /** dL/d(output); undefined where it is structurally zero. */
  readonly gradients: readonly (string | undefined)[];
  readonly active: ReadonlySet<string>;
  readonly target: LoweringTarget;
  readonly e: Expressions;
}

/**
 * The gradient of a Scan that `recurrent.ts` made: a Scan over the steps the other way, which carries the adjoints of the
 * states. What a step forwards computed and this one reads, the Scan forwards has among its outputs. The gradients of
 * weights inside are products over all steps at once, behind the Scan.
 *
 * @returns contributions to the values that the node reads, captured ones too
 * @throws MissingGradientError for a Scan that does not give the values its gradient needs
 */
export function scanGradient(pullBack: PullBack, c: ScanContext): readonly (readonly [string, string])[] {
  const { node, gradients, active, target, e } = c;
  const attribute = node.attributes['body'];
  if (attribute?.kind !== 'graph') throw new MissingGradientError(node, 'it has no body.');
  const body = attribute.value;
  const states = node.inputs.length - numberOf(node, 'num_scan_inputs', 0);
  const step = bodyGradient(pullBack, {
    body,
    states,
    typeOf: (name) => e.typeOf(name),
    given: node.outputs.map((_, k) => k < states || gradients[k] !== undefined),
    wantedInputs: node.inputs.map((input) => active.has(input)),
    wantedCaptured: new Set(capturedBy(body).filter((name) => active.has(name))),
    target,
  });
  const sources = sourcesOf(node, states);
  const loop = factored(e, step, sources);
  const reads = [...loop.reads].map(([name, value]) => ({ name, ...step.builder.typeOf(name), value }));
  const adjoints = step.adjoints.flatMap((name, k) => {
    if (name === undefined) return [];
    const value = gradients[k] ?? e.fillLike(node.inputs[k]!, 0);
    return [{ name, ...step.builder.typeOf(name), value }];
  });
  const { nodes, carried, slices } = outputsOf({ ...step, nodes: loop.nodes }, states);
  const outputs = scanNode(e.builder, {
    name: `${e.scope}/Scan`,
    nodes,
    inputs: [...adjoints.slice(0, states), ...reads, ...adjoints.slice(states)],
    outputs: [...carried, ...slices.values()],
    states,
    backward: intsOf(node, 'scan_input_directions')?.[0] !== 1,
  });
  const order = [...slices.keys()];
  const all = (value: string) => outputs[states + order.indexOf(value)] as string;
  return [
    ...node.inputs.flatMap((input, k): [string, string][] => {
      const gradient = step.gradients[k];
      if (gradient === undefined || !active.has(input)) return [];
      return [[input, k < states ? (outputs[k] as string) : all(gradient)]];
    }),
    ...[...step.captured].map(([name, share]): [string, string] => [name, e.sum(all(share), [0], false)]),
    ...step.products.flatMap((product) => productGradients(c, product.node, all(product.adjoint), sources)),
  ];
}

/** Where the slices of a value of the body are: an output of the Scan, or one of its inputs. */
function sourcesOf(node: Node, states: number): (value: string) => string {
  const body = node.attributes['body'];
  const graph = body?.kind === 'graph' ? body.value : undefined;
  const found = new Map<string, string>();
  const copies = new Map(
    graph?.nodes.flatMap(({ op, inputs, outputs }) =>
      op === 'Identity' ? [[outputs[0]!, inputs[0]!] as const] : [],
    ),
  );
  node.outputs.forEach((output, k) => {
    const name = graph?.outputs[k]?.name;
    if (k < states || name === undefined) return;
    found.set(name, output);
    const original = copies.get(name);
    if (original !== undefined) found.set(original, output);
  });
  graph?.inputs.forEach(({ name }, k) => {
    if (k >= states) found.set(name, node.inputs[k]!);
  });
  return (value) => {
    const source = found.get(value);
    if (source !== undefined) return source;
    throw new MissingGradientError(
      node,
      `its gradient reads '${value}' of every step, which it does not give. A second derivative through a recurrent ` +
        'operator needs it written out: expandOperators with trainingExpansionOf.',
    );
  };
}

/** A body's outputs must be computed in it, each once: what is not gets an Identity. */
function outputsOf(step: BodyGradient, states: number) {
  const nodes: Node[] = [...step.nodes];
  const computed = new Set(nodes.flatMap((node) => (node.op === 'Constant' ? [] : node.outputs)));
  const given = new Set<string>();
  const copy = (value: string): ValueInfo => {
    const type = step.builder.typeOf(value);
    if (computed.has(value) && !given.has(value)) {
      given.add(value);
      return { name: value, ...type };
    }
    const name = step.builder.unique(`${value}/copy`);
    nodes.push({ name, op: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
    return { name, ...type };
  };
  const carried = step.gradients.slice(0, states).map((value) => copy(value as string));
  const wanted = [
    ...step.gradients.slice(states),
    ...step.captured.values(),
    ...step.products.map(({ adjoint }) => adjoint),
  ].filter((value) => value !== undefined);
  const slices = new Map([...new Set(wanted)].map((value) => [value, copy(value)] as const));
  return { nodes, carried, slices };
}

/** Gemm with the same factor in every step, all steps as rows of one product. */
function productGradients(
  { e, active, target }: ScanContext,
  node: Node,
  adjoints: string,
  sources: (value: string) => string,
): [string, string][] {
  const [left, factor, bias] = node.inputs as readonly [string, string, string?];
  const rows = (value: string) => e.reshape(value, [-1, e.dimsOf(value).at(-1) as number]);
  const g = rows(adjoints);
  const results: [string, string][] = [];
  if (active.has(factor)) {
    const a = rows(sources(left));
    const pair = numberOf(node, 'transB', 0) === 1 ? [g, a] : [a, g];
    results.push([factor, e.op('Gemm', pair, { transA: 1 })]);
  }
  if (bias !== undefined && active.has(bias)) results.push([bias, unbroadcast(e, g, bias, target)]);
  return results;
}
