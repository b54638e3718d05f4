import type { GraphBuilder } from '../builder.ts';
import { showDims } from '../dims.ts';
import { ModelError } from '../errors.ts';
import { Expressions } from '../expressions.ts';
import type { Dim, Graph, Node, ValueType } from '../model.ts';
import type { DataType, Tensor } from '../tensor.ts';

/** Every insertion makes a list of its own, so lists must stay short. */
const MOST_ITEMS = 4096;
/** In all lists of a model. */
const MOST_HELD = 2 ** 24;

/** Lists of tensors, by the name that stands for each. */
export class Sequences extends Map<string, readonly string[]> {
  /** Of all lists that there ever were. */
  items = 0;
}

/** What a row of the expansions sees of the node that it writes as others. */
export class ExpandContext {
  /** The node as the file has it; its inputs may have other names by now: read `inputs`. */
  readonly node: Node;
  /** The values that go in; '' where an optional one is absent. */
  readonly inputs: readonly string[];
  readonly builder: GraphBuilder;
  /** Formulas, with nodes named `<node>/<Operator>`. */
  readonly e: Expressions;
  /** Copies a body's nodes, expanded, with these values for its inputs; gives the values of its outputs. */
  readonly inline: (body: Graph, args: readonly string[]) => readonly string[];
  /** The most nodes that the whole model may have. */
  readonly mostNodes: number;
  /** What lists of tensors hold, by the name that stands for the list: no value of the graph. */
  readonly #sequences: Sequences;

  constructor(
    node: Node,
    inputs: readonly string[],
    builder: GraphBuilder,
    inline: ExpandContext['inline'],
    mostNodes: number,
    sequences = new Sequences(),
  ) {
    this.node = node;
    this.inputs = inputs;
    this.builder = builder;
    this.e = new Expressions(builder, node.name);
    this.inline = inline;
    this.mostNodes = mostNodes;
    this.#sequences = sequences;
  }

  /** The same place, for a node that says the same in another way. */
  with(node: Node, inputs: readonly string[]): ExpandContext {
    return new ExpandContext(node, inputs, this.builder, this.inline, this.mostNodes, this.#sequences);
  }

  /** The tensors of an input that is a list. @throws ModelError if it is a tensor */
  sequence(index: number): readonly string[] {
    return this.#sequences.get(this.input(index)) ?? this.fail(`input ${index} is no sequence of tensors`);
  }

  /** A list of tensors, by the name that stands for it until its tensors are taken out. @throws ModelError */
  newSequence(values: readonly string[]): string {
    // Each sequence is a list of its own: one that grows item by item is n² / 2 items.
    this.#sequences.items += values.length;
    if (this.#sequences.items > MOST_HELD)
      this.fail(`its sequences hold more than ${MOST_HELD} tensors in all: stack them at once`);
    if (values.length > MOST_ITEMS) this.fail(`a sequence of more than ${MOST_ITEMS} tensors is too long`);
    const name = this.builder.unique('sequence');
    this.#sequences.set(name, values);
    return name;
  }

  has(index: number): boolean {
    return (this.inputs[index] ?? '') !== '';
  }

  /** @throws ModelError if the input is absent */
  input(index: number): string {
    return this.inputs[index] || this.fail(`input ${index} is missing`);
  }

  /** Whether the node gives its output number `index`, and somebody may read it. */
  wants(index: number): boolean {
    return (this.node.outputs[index] ?? '') !== '';
  }

  typeOf(value: string): ValueType {
    return this.builder.typeOf(value);
  }

  type(index: number): DataType {
    return this.builder.typeOf(this.input(index)).type;
  }

  dims(index: number): readonly Dim[] {
    return this.builder.typeOf(this.input(index)).dims;
  }

  rank(index: number): number {
    return this.dims(index).length;
  }

  /** A dimension that must be known as a number. @throws ModelError */
  size(index: number, axis: number): number {
    const dim = this.dims(index).at(axis);
    if (typeof dim === 'number') return dim;
    return this.fail(
      `dimension ${axis} of input ${index} ${showDims(this.dims(index))} must be a number: export the model with a fixed size there`,
    );
  }

  /** An axis in [0, rank). @throws ModelError */
  axis(value: number, rank: number): number {
    if (!Number.isInteger(value) || value < -rank || value >= rank)
      this.fail(`axis ${value} is outside of a shape with ${rank} dimensions`);
    return value < 0 ? value + rank : value;
  }

  /** An int or float attribute, or the operator's default. */
  number(name: string, fallback: number): number {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
  }

  string(name: string, fallback: string): string {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'string' ? attribute.value : fallback;
  }

  strings(name: string): readonly string[] | undefined {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'strings' ? attribute.value : undefined;
  }

  /** A list of ints or floats. */
  list(name: string): readonly number[] | undefined {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'ints' || attribute?.kind === 'floats' ? attribute.value : undefined;
  }

  /** @throws ModelError if there is no such body */
  body(name: string): Graph {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'graph' ? attribute.value : this.fail(`attribute ${name} is missing`);
  }

  /** The tensor of an input that is constant or an initializer. */
  constant(index: number): Tensor | undefined {
    return this.has(index) ? this.builder.isConstant(this.input(index)) : undefined;
  }

  /** The numbers of an input that is constant, or follows from shapes. */
  numbers(index: number): readonly number[] | undefined {
    return this.has(index) ? this.builder.knownNumbers(this.input(index)) : undefined;
  }

  /** @throws ModelError that names the node, its operator and what goes in */
  fail(message: string): never {
    const operator = this.node.domain === '' ? this.node.op : `${this.node.domain}.${this.node.op}`;
    const shown = this.inputs.slice(0, 8).map((value) => {
      if (value === '') return 'absent';
      if (!this.builder.has(value)) return 'a sequence';
      const { type, dims } = this.builder.typeOf(value);
      return `${value}: ${type}${showDims(dims)}`;
    });
    throw new ModelError(`node ${this.node.name} (${operator}) of (${shown.join(', ')}): ${message}`);
  }
}

/**
 * One row of the expansions: an operator written as operators of the internal opset, on import. `expand` gives the
 * value of each output (undefined for one that nobody wants), or undefined to leave this node as it is.
 */
export interface ExpandRow {
  readonly op: string;
  /** '' is ai.onnx. */
  readonly domain: '' | 'com.microsoft';
  readonly expand: (context: ExpandContext) => readonly (string | undefined)[] | undefined;
  /** For docs/operators.md: what it becomes, and which settings are covered. */
  readonly note: string;
}

/** A row of the table. */
export function expansion(
  op: string,
  domain: ExpandRow['domain'],
  note: string,
  expand: ExpandRow['expand'],
): ExpandRow {
  return { op, domain, note, expand };
}
