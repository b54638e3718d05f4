import { GraphBuilder } from '../../onnx/builder.ts';
import type { Model, Node } from '../../onnx/model.ts';
import { capturedBy } from '../../onnx/prune.ts';
import type { DataType, Tensor } from '../../onnx/tensor.ts';
import { FOLLOWERS, MOVERS, PRODUCTS } from './operators.ts';

/** The largest finite float16. */
const LARGEST = 65504;

/**
 * A training graph with float16 inside, as torch.autocast would run it (operators.ts has the lists): weights, inputs and outputs stay
 * float32, each value is cast where it is used, once. Differentiated afterwards, so that the gradients of what is in float16
 * are in float16, and the gradient of a weight's cast is the cast back: they come out in float32.
 *
 * @param weights graph inputs that are parameters: one may be cast to follow a value in float16
 */
export function narrowed(model: Model, weights: ReadonlySet<string>): Model {
  const { graph } = model;
  const builder = GraphBuilder.from({ ...model, graph: { ...graph, nodes: [], outputs: [] } });
  builder.reserve(graph.nodes.flatMap(({ outputs }) => outputs));
  const pass = new Narrowing(builder, graph.nodes, new Set(graph.outputs.map(({ name }) => name)), weights);
  for (const node of graph.nodes) pass.take(node);
  for (const { name } of graph.outputs) builder.output(name);
  return builder.build({ name: graph.name });
}

class Narrowing {
  /** What a float16 may stand for wherever a neighbour is one: weights, masks, constants within the range. */
  readonly #yielding: Set<string>;
  /** Values that must be float32 under their own name: outputs, and what the bodies of other nodes read. */
  readonly #pinned: Set<string>;
  /** Elementwise nodes whose results are read in float32 only: rounding them would save nothing. */
  readonly #wide: ReadonlySet<Node>;
  readonly #casts = new Map<string, string>();

  constructor(
    private readonly builder: GraphBuilder,
    nodes: readonly Node[],
    outputs: ReadonlySet<string>,
    weights: ReadonlySet<string>,
  ) {
    this.#yielding = new Set([...weights, ...builder.initializers.keys()]);
    this.#pinned = new Set([...outputs, ...nodes.flatMap(capturedByBodies)]);
    this.#wide = readInFloat32(nodes, this.#pinned);
  }

  take(node: Node): void {
    const type = this.#typeOf(node);
    const { op, domain, name, attributes, outputs } = node;
    const inputs = type === undefined ? node.inputs : node.inputs.map((input) => this.#as(input, type));
    const named = outputs.map((output) =>
      type === 'float16' && this.#pinned.has(output) ? this.builder.unique(`${output}/float16`) : output,
    );
    this.builder.node(op, inputs, attributes, { outputs: named, name, domain });
    outputs.forEach((output, k) => {
      if (named[k] !== output) this.#cast(named[k]!, 'float32', output);
      else if (this.#isYielding(node, output)) this.#yielding.add(output);
    });
  }

  /** The type that a node's floats are brought to; undefined for one that has none, or takes any. */
  #typeOf(node: Node): 'float32' | 'float16' | undefined {
    const floats = node.inputs.filter((input) => this.#isFloat(input));
    if (floats.length === 0 || (node.op === 'Cast' && node.domain === '')) return undefined;
    if (node.domain !== '') return 'float32';
    if (PRODUCTS.has(node.op)) return 'float16';
    if (!FOLLOWERS.has(node.op) || this.#wide.has(node)) return 'float32';
    const halves = floats.filter((input) => this.builder.typeOf(input).type === 'float16');
    const follow = floats.every((input) => halves.includes(input) || this.#yielding.has(input));
    return halves.length > 0 && follow ? 'float16' : 'float32';
  }

  /** float64 and bfloat16 are what they were made for. */
  #isFloat(value: string): boolean {
    if (value === '') return false;
    const { type } = this.builder.typeOf(value);
    return type === 'float32' || type === 'float16';
  }

  #isYielding(node: Node, output: string): boolean {
    if (output === '' || node.domain !== '' || this.builder.typeOf(output).type !== 'float32') return false;
    if (node.op === 'Constant') return isWithinRange(this.builder.isConstant(output));
    // The mask of a dropout, and its product with the number that makes up for what is dropped.
    if (node.op === 'Cast') return this.builder.typeOf(node.inputs[0]!).type === 'bool';
    if (node.op !== 'Mul' && !MOVERS.has(node.op)) return false;
    return node.inputs.every((input) => !this.#isFloat(input) || this.#yielding.has(input));
  }

  #as(value: string, type: DataType): string {
    if (!this.#isFloat(value) || this.builder.typeOf(value).type === type) return value;
    const key = `${type}:${value}`;
    const known = this.#casts.get(key);
    if (known !== undefined) return known;
    const cast = this.#cast(value, type, this.builder.unique(`${value}/${type}`));
    this.#casts.set(key, cast);
    return cast;
  }

  #cast(value: string, type: DataType, output: string): string {
    return this.builder.node(
      'Cast',
      [value],
      { to: type },
      { outputs: [output], name: `${output}/Cast` },
    )[0]!;
  }
}

function capturedByBodies({ attributes }: Node): readonly string[] {
  return Object.values(attributes).flatMap((attribute) =>
    attribute.kind === 'graph' ? capturedBy(attribute.value) : [],
  );
}

/** Followers that compute something, all of whose readers are in float32. */
function readInFloat32(nodes: readonly Node[], pinned: ReadonlySet<string>): ReadonlySet<Node> {
  const narrowReaders = new Set<string>();
  const wide = new Set<Node>();
  for (const node of [...nodes].reverse()) {
    const { op, domain, inputs, outputs } = node;
    const isWide =
      !outputs.some((output) => narrowReaders.has(output)) || outputs.every((output) => pinned.has(output));
    const follows = domain === '' && FOLLOWERS.has(op);
    if (follows && isWide && !MOVERS.has(op)) wide.add(node);
    if (domain === '' && (PRODUCTS.has(op) || (follows && !isWide))) {
      for (const input of inputs) narrowReaders.add(input);
    }
  }
  return wide;
}

function isWithinRange(tensor: Tensor | undefined): boolean {
  if (tensor === undefined || tensor.type !== 'float32') return false;
  return (tensor.data as Float32Array).every((value) => Math.abs(value) <= LARGEST);
}
