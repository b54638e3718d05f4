import type { z } from 'zod';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Dim } from '../../onnx/model.ts';
import type { Initializer } from '../initializers/initializers.ts';
import type { ModelBuildError } from '../model-build-error.ts';
import type { Lengths } from '../row-lengths.ts';

/** What a layer sees while it adds itself to the graph. */
export interface LayerContext {
  readonly builder: GraphBuilder;
  /** Clean and unique, `conv1`: the name of its output. */
  readonly name: string;
  /** The value that comes in, [batch, …dims]. */
  readonly input: string;
  /** Its shape without the batch dimension. */
  readonly dims: readonly number[];
  /** The model's own input as the data holds it, before normalisation. */
  readonly features: string;
  /** Where rows say how long they are. */
  readonly lengths: Lengths | undefined;
  /** Adds the initial weight `<layer>.<suffix>`, `conv1.weight`; `fanIn` and `fanOut` in elements, for the initializers. */
  parameter(suffix: string, dims: readonly number[], init: ParameterInit): string;
  /** Adds a list of nested layers after `input`; `option` is the option that holds the list. */
  stack(layers: readonly unknown[], input: string, option: string): string;
  /** Shape of one example of any value, without the batch dimension. */
  dimsOf(value: string): readonly number[];
  /** Keeps a value under a label, for layers further on. */
  remember(label: string, value: string): void;
  /** The value kept under a label. Throws ModelBuildError when there is none. */
  recall(label: string): string;
  /** The error that says: this came in, that is needed. */
  misfit(needs: string, incoming?: readonly Dim[]): ModelBuildError;
}

export interface ParameterInit {
  readonly initializer: Initializer;
  readonly fanIn: number;
  readonly fanOut: number;
}

/** A row of the registry: everything there is to know about a layer type. */
export interface LayerRow {
  /** Options with their defaults; unknown keys are refused. */
  readonly schema: z.ZodObject;
  /** The option that a scalar stands for: `dense: 64` is `dense: { units: 64 }`. */
  readonly shorthand?: string;
  /** Options that are lists of layers themselves. */
  readonly nested?: readonly string[];
  /** Whether integers (token ids) may come in; only numbers otherwise. */
  readonly integers?: boolean;
  /** One line for people. */
  readonly description: string;
  /** One YAML list entry. */
  readonly example: string;
  /** Appends the layer's nodes, returns its output [batch, …]. Throws ModelBuildError when shapes do not fit. */
  build(context: LayerContext, options: Readonly<Record<string, unknown>>): string;
}

/** A row whose schema is `S` alone: an intersection with `ZodObject` would take any option, of any type. */
type TypedRow<S extends z.ZodObject> = Omit<LayerRow, 'schema'> & { readonly schema: S };

/** Types a row's build function by its schema; options are parsed again, so defaults are always there. */
export function layer<S extends z.ZodObject>(
  row: Omit<LayerRow, 'schema' | 'build'> & {
    readonly schema: S;
    build(context: LayerContext, options: z.output<S>): string;
  },
): TypedRow<S> {
  return { ...row, build: (context, options) => row.build(context, row.schema.parse(options)) };
}

/** A row for one operator that keeps the shape: most activations. */
export function elementwise<S extends z.ZodObject>(
  op: string,
  description: string,
  example: string,
  schema: S,
): TypedRow<S> {
  return layer({
    schema,
    description,
    example,
    build: ({ builder, input, name }, options) =>
      builder.op(op, [input], options as Record<string, number>, name),
  });
}
