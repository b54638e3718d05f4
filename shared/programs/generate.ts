import { GraphBuilder } from '../onnx/builder.ts';
import type { Model, Node } from '../onnx/model.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { finish } from './finish.ts';

export const POSITION = 'position';
/** Metadata: tokens that the model was trained to see at once. */
export const CONTEXT = 'tributary.context';

/** The keys or the values that one attention layer remembers. */
export interface Cache {
  readonly past: string;
  readonly present: string;
  /** Of [batch, heads, …], the axis of the tokens. */
  readonly axis: number;
  /** Of one example, 0 tokens long. */
  readonly dims: readonly number[];
}

/** What a generation model remembers, by its inputs. */
export function cachesOf(model: Model): Cache[] {
  return model.graph.inputs.flatMap(({ name, dims }) => {
    if (!name.startsWith('past_')) return [];
    const axis = dims.indexOf('past');
    const known = dims.map((dim, at) => (at === 0 ? 1 : typeof dim === 'number' ? dim : 0));
    return [{ past: name, present: name.replace('past_', 'present_'), axis, dims: known }];
  });
}

/** The model does something over time that one step with kept keys and values cannot repeat. */
export class GenerationError extends Error {
  override readonly name = 'GenerationError';
}

/**
 * Makes the model that writes text token by token: the graph for one token, with the keys and values of earlier tokens as
 * inputs `past_…` and outputs `present_…`, so that a token costs one row and not the whole window again. Whatever the trained
 * graph has one row of for each place (learned positions, rotary tables) is looked up at `position`.
 *
 * It rewrites what our attention layers build, and knows nothing of other layers that look back: compare its logits with the whole
 * graph's before it is used.
 *
 * @param whole the trained model over [batch, time] tokens, as it is exported
 * @param single the same layers built for one token
 * @throws GenerationError when there is no attention in it
 */
export function generationModel(whole: Model, single: Model): Model {
  return new Rewriter(whole, single).result();
}

class Rewriter {
  private readonly builder = new GraphBuilder();
  private readonly presents: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly wholeNodes: ReadonlyMap<string, Node>;
  private readonly wholeConstants: ReadonlyMap<string, Tensor>;
  private readonly singleConstants: ReadonlyMap<string, Tensor>;
  private readonly rows = new Map<string, string>();
  /** Values with an axis for every token seen, whose reshapes must leave it free. */
  private readonly overTime = new Set<string>();
  private readonly whole: Model;
  private readonly single: Model;
  private readonly time: number;

  constructor(whole: Model, single: Model) {
    this.whole = whole;
    this.single = single;
    this.time = whole.graph.inputs[0]!.dims[1] as number;
    this.wholeNodes = new Map(whole.graph.nodes.map((node) => [node.name, node]));
    this.wholeConstants = constantsOf(whole);
    this.singleConstants = constantsOf(single);
  }

  result(): Model {
    const { builder, whole, single } = this;
    builder.reserve(single.graph.nodes.flatMap(({ outputs }) => outputs));
    const [features] = single.graph.inputs;
    builder.input(features!.name, features!.type, ['batch', 1]);
    builder.input(POSITION, 'int64', [1]);
    for (const name of single.graph.initializers.keys()) {
      const trained = whole.graph.initializers.get(name);
      if (!trained) throw new GenerationError(`the model has no weight ${name}`);
      builder.initializer(name, trained);
    }
    for (const node of single.graph.nodes) this.add(node);
    if (this.presents.length === 0) throw new GenerationError('there is no attention layer in the model');
    builder.output(this.name(single.graph.outputs[0]!.name));
    for (const present of this.presents) builder.output(present);
    return finish(
      builder.build({
        name: `${whole.graph.name}_generate`,
        metadata: { ...whole.metadata, [CONTEXT]: String(this.time) },
      }),
    );
  }

  private add(node: Node): void {
    const { builder } = this;
    const [output] = node.outputs as [string];
    if (node.op === 'Dropout') {
      this.names.set(output, this.name(node.inputs[0]!));
      return;
    }
    const inputs = node.inputs.map((input, index) => this.atPosition(node, input, index));
    if (node.op === 'MatMul' && node.name.endsWith('products'))
      inputs[1] = this.cached(inputs[1]!, 3, 'keys');
    if (node.op === 'MatMul' && node.name.endsWith('mixed')) inputs[1] = this.cached(inputs[1]!, 2, 'values');
    const isLong = node.name.endsWith('products') || inputs.some((input) => this.overTime.has(input));
    if (node.op === 'Reshape' && isLong) {
      const shape = builder.isConstant(inputs[1]!)!.data as BigInt64Array;
      inputs[1] = builder.ints([0, ...Array.from(shape, Number).slice(1, -1), -1]);
    }
    if (isLong && !node.name.endsWith('mixed')) this.overTime.add(output);
    builder.node(node.op, inputs, node.attributes, {
      outputs: node.outputs,
      name: node.name,
      domain: node.domain,
    });
  }

  /** The tokens seen so far and the new one, along `axis`. */
  private cached(fresh: string, axis: number, what: 'keys' | 'values'): string {
    const { builder } = this;
    const index = Math.floor(this.presents.length / 2);
    const dims = builder.typeOf(fresh).dims.map((dim, at) => (at === axis ? 'past' : dim));
    const past = builder.input(`past_${what}_${index}`, 'float32', dims);
    const present = `present_${what}_${index}`;
    builder.node('Concat', [past, fresh], { axis }, { outputs: [present], name: present });
    this.presents.push(present);
    return present;
  }

  /** A table with a row for each place, of which this graph has the first only: the row of `position`. */
  private atPosition(node: Node, input: string, index: number): string {
    const given = this.name(input);
    const own = this.singleConstants.get(input);
    const table = this.wholeNodes.get(node.name)?.inputs[index];
    const rows = table === undefined ? undefined : this.wholeConstants.get(table);
    const differs =
      own !== undefined &&
      rows?.dims.length === own.dims.length &&
      own.dims[0] === 1 &&
      rows.dims[0] === this.time &&
      rows.dims.slice(1).every((dim, axis) => dim === own.dims[axis + 1]);
    if (!differs || this.time === 1 || (node.op !== 'Add' && node.op !== 'Mul')) return given;
    const known = this.rows.get(table!);
    if (known !== undefined) return known;
    const { builder } = this;
    const source =
      builder.has(table!) && builder.typeOf(table!).dims[0] === this.time
        ? table!
        : builder.constant(rows, table!);
    const row = builder.op('Gather', [source, POSITION], { axis: 0 }, `${table!}_here`);
    this.rows.set(table!, row);
    return row;
  }

  private name(value: string): string {
    return this.names.get(value) ?? value;
  }
}

function constantsOf(model: Model): Map<string, Tensor> {
  const constants = new Map(model.graph.initializers);
  for (const node of model.graph.nodes) {
    const value = node.op === 'Constant' ? node.attributes['value'] : undefined;
    if (value?.kind === 'tensor') constants.set(node.outputs[0]!, value.value);
  }
  return constants;
}
