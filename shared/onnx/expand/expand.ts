import { GraphBuilder, type NodeGuard } from '../builder.ts';
import { ModelError } from '../errors.ts';
import type { Graph, Model, Node } from '../model.ts';
import { renameValues } from '../rename.ts';
import type { Tensor } from '../tensor.ts';
import { ExpandContext, type ExpandRow, Sequences } from './context.ts';
import { checkDomain } from './domains.ts';
import { expansionOf } from './registry.ts';

export interface ExpandOptions {
  /** The most nodes that the expanded graph may have. Default 200,000. */
  readonly mostNodes?: number;
  /** Whether stored quantised weights become float weights that can be trained (true), or stay as they are, frozen. */
  readonly dequantize?: boolean;
  /** Which row an operator has; default: the table of expansions. */
  readonly rowOf?: (op: string, domain: string) => ExpandRow | undefined;
  /** Looks at every node that is written. */
  readonly guard?: NodeGuard;
}

const MOST_NODES = 200_000;
/** Inputs and outputs of nodes, for each node that is allowed: the body of a loop may have one node with very many. */
const WIRES = 32;

/** Names of values as a graph or body has them, to the values of the graph that is built. */
class Scope {
  readonly #values = new Map<string, string>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  get(name: string): string {
    if (name === '') return '';
    return this.#values.get(name) ?? this.#outer?.get(name) ?? name;
  }
}

/**
 * The same model without the operators that have an expansion: private and newer operators become those of the
 * internal opset, the bodies of If, Loop and Scan become part of the graph. Values that the expanded nodes gave keep
 * their names. What nobody reads any more stays: `prune` takes it out.
 *
 * @throws ModelError for an operator that is not known, or used in a way that its expansion does not cover
 */
export function expandOperators(model: Model, options: ExpandOptions = {}): Model {
  const rowOf = options.rowOf ?? (options.dequantize === false ? keepingQuantised : expansionOf);
  for (const node of model.graph.nodes) checkDomain(node, model.graph.nodes);
  const due = model.graph.nodes.some(({ op, domain }) => domain !== '' || rowOf(op, domain) !== undefined);
  if (!due) return model;
  return new Expansion(model, rowOf, options).run();
}

/** The table without the rows that make float weights of stored integers. */
function keepingQuantised(op: string, domain: string): ExpandRow | undefined {
  return op === 'DequantizeLinear' ? undefined : expansionOf(op, domain);
}

class Expansion {
  readonly #model: Model;
  readonly #rowOf: NonNullable<ExpandOptions['rowOf']>;
  readonly #most: number;
  #visited = 0;
  #wires = 0;
  readonly #builder: GraphBuilder;
  /** What an expansion computed to the name that it takes over. */
  readonly #renames = new Map<string, string>();
  readonly #own: ReadonlySet<string>;
  readonly #hoisted = new Map<Tensor, string>();
  readonly #sequences = new Sequences();

  constructor(model: Model, rowOf: NonNullable<ExpandOptions['rowOf']>, options: ExpandOptions) {
    this.#model = model;
    this.#rowOf = rowOf;
    this.#most = options.mostNodes ?? MOST_NODES;
    this.#builder = new GraphBuilder((node, types) => {
      // One operator can be written as many: a sequence cut into its items, say.
      this.#wires += node.inputs.length + node.outputs.length;
      const most = this.#most;
      if (this.#builder.nodes.length > most || this.#wires > WIRES * most) this.#tooMany(node);
      options.guard?.(node, types);
    });
    const { nodes, inputs, initializers } = model.graph;
    this.#own = new Set([
      ...nodes.flatMap(({ outputs }) => outputs),
      ...inputs.map(({ name }) => name),
      ...initializers.keys(),
    ]);
  }

  run(): Model {
    const { graph } = this.#model;
    const builder = this.#builder;
    builder.reserve(this.#own);
    for (const { name, type, dims } of graph.inputs) builder.input(name, type, dims);
    for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
    const scope = new Scope();
    this.#visit(graph.nodes, scope, undefined);
    for (const { name } of graph.outputs) {
      const value = scope.get(name);
      // Whatever cannot take over the output's name (an input, one value for two outputs) is copied.
      if (value === name || this.#renames.get(value) === name) builder.output(value);
      else builder.output(value, name);
    }
    const built = renameValues(builder.build({ name: graph.name }), this.#renames);
    return { ...this.#model, graph: { ...built.graph, outputs: graph.outputs } };
  }

  /** @param prefix of the names in a body; undefined for the graph itself, whose names stay. */
  #visit(nodes: readonly Node[], scope: Scope, prefix: string | undefined): void {
    for (const node of nodes) {
      this.#count(node);
      const name = prefix === undefined ? node.name : `${prefix}/${node.name}`;
      const inputs = node.inputs.map((input) => this.#resolve(node, scope, input));
      const row = this.#rowOf(node.op, node.domain);
      const inline = (body: Graph, args: readonly string[]) => {
        this.#count({ ...node, name });
        return this.#inline(body, args, scope, name);
      };
      const context = new ExpandContext(
        { ...node, name },
        inputs,
        this.#builder,
        inline,
        this.#most,
        this.#sequences,
      );
      checkDomain(node);
      const results = row && expandWith(row, context);
      if (results === undefined) this.#copy(node, name, inputs, scope, prefix);
      else this.#bind(context, results, scope, prefix);
    }
  }

  /** Bodies without nodes of their own must end too: what is visited counts as well as what is written. */
  #count(node: Pick<Node, 'name' | 'op'>): void {
    if (++this.#visited > this.#most || this.#builder.nodes.length > this.#most) this.#tooMany(node);
  }

  #tooMany({ name, op }: Pick<Node, 'name' | 'op'>): never {
    throw new ModelError(
      `node ${name} (${op}): the model would have more than ${this.#most} nodes with its loops and functions ` +
        'written out: export it for shorter sequences or fewer repetitions',
    );
  }

  #resolve(node: Node, scope: Scope, name: string): string {
    const value = scope.get(name);
    if (value !== '' && !this.#has(value)) {
      throw new ModelError(
        `node ${node.name} (${node.op}): its input ${JSON.stringify(name)} is not defined by any node before it`,
      );
    }
    return value;
  }

  #has(value: string): boolean {
    return this.#builder.has(value) || this.#sequences.has(value);
  }

  #copy(node: Node, name: string, inputs: readonly string[], scope: Scope, prefix: string | undefined): void {
    const { op, domain, attributes } = node;
    if (inputs.some((input) => this.#sequences.has(input))) {
      throw new ModelError(
        `node ${name} (${op}): it takes a sequence of tensors, which only operators of sequences can`,
      );
    }
    const outputs = node.outputs.map((output) => {
      if (output === '' || prefix === undefined) return output;
      const value = this.#builder.unique(`${prefix}/${output}`);
      scope.set(output, value);
      return value;
    });
    this.#builder.node(op, inputs, attributes, { outputs, name, domain });
  }

  #bind(c: ExpandContext, results: readonly (string | undefined)[], scope: Scope, prefix?: string): void {
    for (const [index, output] of c.node.outputs.entries()) {
      if (output === '') continue;
      const value = results[index];
      if (value === undefined) c.fail(`its output ${index} (${output}) cannot be computed`);
      scope.set(output, value);
      const takesOver = prefix === undefined && !this.#sequences.has(value);
      if (takesOver && !this.#own.has(value) && !this.#renames.has(value)) {
        this.#renames.set(value, output);
      }
    }
  }

  #inline(body: Graph, args: readonly string[], outer: Scope, prefix: string): readonly string[] {
    const scope = new Scope(outer);
    for (const [i, { name }] of body.inputs.entries()) scope.set(name, args[i] ?? '');
    for (const [name, tensor] of body.initializers) scope.set(name, this.#hoist(name, tensor));
    this.#visit(body.nodes, scope, prefix);
    return body.outputs.map(({ name }) => {
      const value = scope.get(name);
      if (this.#has(value)) return value;
      throw new ModelError(`${prefix}: output ${JSON.stringify(name)} of its body is not defined`);
    });
  }

  /** A body's initializer, once, however often the body is written out. */
  #hoist(name: string, tensor: Tensor): string {
    const existing = this.#hoisted.get(tensor);
    if (existing !== undefined) return existing;
    const value = this.#builder.initializer(this.#builder.unique(name), tensor);
    this.#hoisted.set(tensor, value);
    return value;
  }
}

/** What goes wrong inside a row is said with the node that it was about. */
function expandWith(row: ExpandRow, context: ExpandContext): ReturnType<ExpandRow['expand']> {
  try {
    return row.expand(context);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return context.fail(error instanceof Error ? error.message : String(error));
  }
}
