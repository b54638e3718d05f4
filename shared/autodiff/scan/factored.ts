import type { Expressions } from '../../onnx/expressions.ts';
import type { Node } from '../../onnx/model.ts';
import { numberOf } from '../attributes.ts';
import { sameDims } from '../expressions.ts';
import { AllSteps } from './all-steps.ts';
import type { BodyGradient } from './body-gradient.ts';

/** An adjoint: `parts` side by side along `axis`, times a factor that no adjoint goes into. */
interface Product {
  readonly parts: readonly string[];
  readonly axis: number;
  readonly factor: string;
}

export interface Factored {
  readonly nodes: readonly Node[];
  /** Slices that the nodes read, by name in the body, and where all their steps are. */
  readonly reads: ReadonlyMap<string, string>;
}

/**
 * A step backwards is linear in the adjoints: what they are multiplied by follows from the step forwards alone. It is
 * computed for all steps at once, factors that follow each other are multiplied there too (also through Concat), and the
 * loop keeps what carries an adjoint from step to step. Of an LSTM that is two sums, three products, a Concat
 * and the Gemm, of 20 nodes; dz = [dc, dh, dc, dc] times what all gates' derivatives come to.
 *
 * @param e appends to the graph around the loop
 * @param sources where all steps of a value of the step forwards are
 */
export function factored(e: Expressions, step: BodyGradient, sources: (value: string) => string): Factored {
  const { builder } = step;
  const all = new AllSteps(e, builder, step.read, sources);
  const products = new Map<string, Product>();
  const nodes: Node[] = [];
  const joined = new Map<string, string>();

  for (const node of step.nodes) {
    if (all.take(node)) continue;
    const product = productOf(node);
    if (product !== undefined) products.set(node.outputs[0]!, product);
    else nodes.push(untransposed(e, { ...node, inputs: node.inputs.map(plain) }));
  }
  const given = [
    ...step.gradients,
    ...step.captured.values(),
    ...step.products.map(({ adjoint }) => adjoint),
  ].flatMap((value) => (value === undefined ? [] : [plain(value)]));
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...given]);
  return {
    nodes,
    reads: new Map([...read].filter((value) => all.has(value)).map((value) => [value, all.around(value)])),
  };

  function productOf(node: Node): Product | undefined {
    if (node.op === 'Mul') return timesFactor(node);
    return node.op === 'Concat' ? sideBySide(node) : undefined;
  }

  function timesFactor({ inputs, outputs }: Node): Product | undefined {
    const [adjoint, factor] = all.has(inputs[0]!) ? [inputs[1]!, inputs[0]!] : [inputs[0]!, inputs[1]!];
    const dims = builder.typeOf(outputs[0]!).dims;
    if (!all.has(factor) || !sameDims(builder.typeOf(adjoint).dims, dims)) return undefined;
    const before = products.get(adjoint);
    const both = before && combined('Mul', [before.factor, factor]);
    return both === undefined
      ? { parts: [plain(adjoint)], axis: 0, factor }
      : { ...(before as Product), factor: both };
  }

  function sideBySide(node: Node): Product | undefined {
    const own = node.inputs.map((input) => products.get(input));
    const { length } = builder.typeOf(node.outputs[0]!).dims;
    const axis = (numberOf(node, 'axis', 0) + length) % length;
    const fits = own.every(
      (product, k) =>
        product !== undefined &&
        (product.parts.length === 1 || product.axis === axis) &&
        sameDims(builder.typeOf(product.factor).dims, builder.typeOf(node.inputs[k]!).dims),
    );
    if (!fits) return undefined;
    const each = own as readonly Product[];
    const factor = combined(
      'Concat',
      each.map((product) => product.factor),
      { axis },
    );
    return factor === undefined ? undefined : { parts: each.flatMap(({ parts }) => parts), axis, factor };
  }

  /** A value of the slices that the body did not have. */
  function combined(
    op: string,
    inputs: readonly string[],
    attributes: { readonly axis?: number } = {},
  ): string | undefined {
    const value = builder.op(op, inputs, attributes);
    return all.take(builder.producer(value) as Node) ? value : undefined;
  }

  /** A value as the body's nodes can read it: a product is multiplied out, once. */
  function plain(value: string): string {
    const product = products.get(value);
    if (product === undefined) return value;
    products.delete(value);
    nodes.push(made('Mul', [join(product), product.factor], value));
    return value;
  }

  function join({ parts, axis }: Product): string {
    if (parts.length === 1) return parts[0]!;
    const key = [axis, ...parts].join('\n');
    const known = joined.get(key);
    if (known !== undefined) return known;
    const value = builder.op('Concat', parts, { axis });
    nodes.push(builder.producer(value) as Node);
    joined.set(key, value);
    return value;
  }
}

function made(op: string, inputs: readonly string[], output: string): Node {
  return { name: output, op, domain: '', inputs, outputs: [output], attributes: {} };
}

/** Times what was transposed around the loop, transposed: times the weight itself. */
function untransposed(e: Expressions, node: Node): Node {
  const [left, right, ...bias] = node.inputs;
  if (node.op !== 'Gemm' || right === undefined || numberOf(node, 'transB', 0) !== 1) return node;
  const turned = e.builder.has(right) ? e.builder.producer(right) : undefined;
  if (turned?.op !== 'Transpose') return node;
  const { transB: _, ...attributes } = node.attributes;
  return { ...node, inputs: [left as string, turned.inputs[0] as string, ...bias], attributes };
}
