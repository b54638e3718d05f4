import { type Attributes, toAttributeValues } from './attributes.ts';
import { ConstantPool, constantTensor } from './constants.ts';
import { ModelError } from './errors.ts';
import type { Dim, Graph, Model, Node, ValueInfo, ValueType } from './model.ts';
import { INTERNAL_IR_VERSION, INTERNAL_OPSET } from './model.ts';
import { NameScope } from './names.ts';
import { inferNode, type Knowledge } from './shapes/infer.ts';
import { knownOf } from './shapes/known.ts';
import { readOnce, StoredTensor } from './stored-tensor.ts';
import { type DataType, int64, type Tensor } from './tensor.ts';

export type { Attributes } from './attributes.ts';

export interface NodeOptions {
  /** A number of outputs with derived names, or their names ('' leaves one out). One output by default. */
  readonly outputs?: number | readonly string[];
  readonly name?: string;
  readonly domain?: string;
}

/** Sees a node and the types of all values so far, its outputs' too. */
export type NodeGuard = (node: Node, types: ReadonlyMap<string, ValueType>) => void;

/**
 * Builds a graph node by node, in order of computation. The type and shape of every value is inferred as its node
 * is added, so a mistake is reported at the call that makes it. Value and node names given as hints are made unique.
 * @throws ModelError from every method that adds something: names node, operator and input types
 */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs = new Set<string>();
  readonly #initializers = new Map<string, Tensor>();
  readonly #knowledge: Knowledge = { types: new Map(), known: new Map() };
  readonly #constants = new ConstantPool();
  readonly #values = new NameScope();
  readonly #nodeNames = new NameScope();
  readonly #producers = new Map<string, Node>();
  readonly #guard: NodeGuard | undefined;
  #base: Model | undefined;

  /** @param guard looks at every node that is added, and throws where it is not wanted */
  constructor(guard?: NodeGuard) {
    this.#guard = guard;
  }

  /** A builder that continues a model: nodes, inputs, outputs and initializers as they are, types inferred. */
  static from(model: Model): GraphBuilder {
    if (model.opsets[''] !== INTERNAL_OPSET) {
      throw new ModelError(
        `the model is of opset ${model.opsets['']}; upgradeModel brings it to ${INTERNAL_OPSET}`,
      );
    }
    const builder = new GraphBuilder();
    builder.#base = model;
    for (const input of model.graph.inputs) builder.input(input.name, input.type, input.dims);
    for (const [name, tensor] of model.graph.initializers) builder.initializer(name, tensor);
    for (const node of model.graph.nodes)
      builder.#append({ ...node, name: builder.#nodeNames.unique(node.name) });
    for (const output of model.graph.outputs) builder.output(output.name);
    return builder;
  }

  input(name: string, type: DataType, dims: readonly Dim[]): string {
    this.#define(name);
    this.#inputs.push({ name, type, dims });
    this.#knowledge.types.set(name, { type, dims });
    return name;
  }

  /** A weight: what training changes. Values that are part of the computation are `constant`s. */
  initializer(name: string, tensor: Tensor): string {
    this.#define(name);
    this.#initializers.set(name, tensor);
    this.#knowledge.types.set(name, { type: tensor.type, dims: tensor.dims });
    const known = knownOf(tensor);
    if (known) this.#knowledge.known.set(name, known);
    return name;
  }

  /** The value of a Constant node; one that holds the same bytes is used again. */
  constant(tensor: Tensor, hint = 'constant'): string {
    const existing = this.#constants.find(tensor);
    if (existing !== undefined) return existing;
    return this.op('Constant', [], { value: tensor }, hint);
  }

  /** A constant without dimensions. */
  scalar(value: number, like: DataType = 'float32'): string {
    return this.constant(constantTensor(like, [], [value]));
  }

  /** A vector of int64: axes, a shape. */
  ints(values: readonly number[]): string {
    return this.constant(int64([values.length], values));
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): string[] {
    const name = this.#nodeNames.unique(options.name ?? op);
    const outputs = this.#outputNames(name, options.outputs ?? 1);
    const domain = options.domain ?? '';
    return this.#add({
      name,
      op,
      domain,
      inputs,
      outputs,
      attributes: toAttributeValues(op, domain, attributes),
    });
  }

  /** A node with one output, which is named after `hint`, as is the node. */
  op(op: string, inputs: readonly string[], attributes: Attributes = {}, hint?: string): string {
    const output = this.#values.free(hint ?? `${op.toLowerCase()}_out`);
    return this.node(op, inputs, attributes, { name: hint ?? op, outputs: [output] })[0] as string;
  }

  /** Makes a value an output of the graph, under another name if one is given. */
  output(value: string, name?: string): string {
    this.typeOf(value);
    if (name !== undefined && name !== value) {
      this.node('Identity', [value], {}, { name: `${name}_output`, outputs: [name] });
      this.#outputs.add(name);
      return name;
    }
    if (this.#outputs.has(value)) throw new ModelError(`${JSON.stringify(value)} is an output already`);
    this.#outputs.add(value);
    return value;
  }

  /** @throws ModelError if there is no such value */
  typeOf(value: string): ValueType {
    const type = this.#knowledge.types.get(value);
    if (!type) throw new ModelError(`there is no value ${JSON.stringify(value)} in the graph`);
    return type;
  }

  /** Keeps names that will be given later (those of a graph that is copied) from being derived from hints. */
  reserve(values: Iterable<string>): void {
    for (const value of values) this.#values.take(value);
  }

  has(value: string): boolean {
    return this.#knowledge.types.has(value);
  }

  /**
   * The tensor of a Constant node or initializer, or an int64 shape computation whose result is known. One that lies in a file
   * is read when its data are looked at.
   */
  isConstant(value: string): Tensor | undefined {
    const tensor = this.#constants.tensorOf(value) ?? this.#initializers.get(value);
    if (tensor) return tensor instanceof StoredTensor ? readOnce(tensor) : tensor;
    const known = this.#knowledge.known.get(value);
    if (!known?.values.every((item) => typeof item === 'number' && Number.isSafeInteger(item)))
      return undefined;
    return this.typeOf(value).type === 'int64' ? int64(known.dims, known.values as number[]) : undefined;
  }

  /** The numbers that a value is known to hold: a small constant, or what follows from shapes; flat. */
  knownNumbers(value: string): readonly number[] | undefined {
    const known = this.#knowledge.known.get(value)?.values;
    if (known) return known.every((item) => typeof item === 'number') ? (known as number[]) : undefined;
    const tensor = this.#constants.tensorOf(value);
    const data = tensor instanceof StoredTensor ? undefined : tensor?.data;
    return data && !Array.isArray(data) ? Array.from(data as ArrayLike<number | bigint>, Number) : undefined;
  }

  /** A name for a value that nothing has yet, now taken. */
  unique(hint: string): string {
    return this.#values.unique(hint);
  }

  /** The node that computes a value; undefined for inputs and initializers. */
  producer(value: string): Node | undefined {
    return this.#producers.get(value);
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  get inputs(): readonly ValueInfo[] {
    return this.#inputs;
  }

  get outputs(): readonly string[] {
    return [...this.#outputs];
  }

  get initializers(): ReadonlyMap<string, Tensor> {
    return this.#initializers;
  }

  build(options: { name?: string; metadata?: Record<string, string>; producer?: string } = {}): Model {
    const graph: Graph = {
      name: options.name ?? this.#base?.graph.name ?? 'graph',
      nodes: [...this.#nodes],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs].map((name) => ({ name, ...this.typeOf(name) })),
      initializers: new Map(this.#initializers),
    };
    return {
      irVersion: this.#base?.irVersion ?? INTERNAL_IR_VERSION,
      opsets: { ...this.#base?.opsets, '': INTERNAL_OPSET },
      producer: options.producer ?? this.#base?.producer ?? 'tributary',
      graph,
      metadata: options.metadata ?? this.#base?.metadata ?? {},
    };
  }

  #define(value: string): void {
    if (value === '') throw new ModelError('a value must have a name');
    if (this.#knowledge.types.has(value)) throw new ModelError(`${JSON.stringify(value)} is defined already`);
    this.#values.take(value);
  }

  #outputNames(node: string, outputs: number | readonly string[]): readonly string[] {
    if (typeof outputs !== 'number') return outputs;
    return Array.from({ length: outputs }, (_, i) =>
      this.#values.free(outputs === 1 ? `${node}_out` : `${node}_out${i}`),
    );
  }

  #add(node: Node): string[] {
    this.#append(node);
    return [...node.outputs];
  }

  #append(node: Node): void {
    for (const output of node.outputs) {
      if (this.#knowledge.types.has(output))
        throw new ModelError(`node ${node.name}: its output ${JSON.stringify(output)} is defined already`);
    }
    inferNode(node, this.#knowledge);
    this.#guard?.(node, this.#knowledge.types);
    this.#nodes.push(node);
    for (const output of node.outputs) {
      if (output === '') continue;
      this.#values.take(output);
      this.#producers.set(output, node);
    }
    if (node.op === 'Constant' && node.domain === '') this.#constants.add(node);
  }
}
