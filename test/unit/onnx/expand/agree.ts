import { expect } from 'vitest';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { checkModel } from '../../../../shared/onnx/check.ts';
import { expandOperators } from '../../../../shared/onnx/expand/expand.ts';
import { type Dim, INTERNAL_OPSET, type Model, type Node } from '../../../../shared/onnx/model.ts';
import { prune } from '../../../../shared/onnx/prune.ts';
import { inferGraph } from '../../../../shared/onnx/shapes/infer.ts';
import { sizeOf, type Tensor } from '../../../../shared/onnx/tensor.ts';
import { directional } from '../../autodiff/numeric.ts';
import { distance, numbersOf, runOnce } from '../../autodiff/run.ts';
import { tensorOf, uniform } from '../../autodiff/spec.ts';

/** An input of the operator that is expanded: drawn uniformly from `range`, or these values. */
export interface Given {
  readonly dims: readonly number[];
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
  readonly tensor?: Tensor;
  readonly type?: Tensor['type'];
  /** An initializer of the model instead of an input. */
  readonly initializer?: boolean;
  /** Symbolic dimensions for the model's input; default: `dims`. */
  readonly symbols?: readonly Dim[];
}

export interface Use {
  readonly op: string;
  readonly domain?: '' | 'com.microsoft';
  /** The opset that the original runs in. */
  readonly opset?: number;
  readonly attributes?: Node['attributes'];
  /** undefined where an optional input is absent. */
  readonly inputs: readonly (Given | undefined)[];
  /** Which outputs the node gives: their count, or one truth for each. */
  readonly outputs?: number | readonly boolean[];
}

type Float = 'float32' | 'float64';

function tensorsOf(use: Use, type: Float): (Tensor | undefined)[] {
  return use.inputs.map((given, k) => {
    if (given === undefined) return undefined;
    if (given.tensor) return given.tensor;
    const next = uniform(17 + k * 7 + sizeOf(given.dims));
    const [low, high] = given.range ?? [-1, 1];
    const values =
      given.values ?? Array.from({ length: sizeOf(given.dims) }, () => low + next() * (high - low));
    const kind = given.type ?? type;
    if (kind === 'uint8' || kind === 'bool')
      return { type: kind, dims: given.dims, data: Uint8Array.from(values) };
    if (kind === 'int8') return { type: kind, dims: given.dims, data: Int8Array.from(values) };
    return tensorOf(
      kind,
      given.dims,
      values.map(kind === 'float32' || kind === 'float64' ? Math.fround : (v) => v),
    );
  });
}

/** The operator alone, as a file would have it. */
export function modelWith(use: Use, type: Float = 'float32'): Model {
  const tensors = tensorsOf(use, type);
  const domain = use.domain ?? '';
  const names = tensors.map((tensor, k) => (tensor ? `x${k}` : ''));
  const given =
    typeof use.outputs === 'object' ? use.outputs : Array.from({ length: use.outputs ?? 1 }, () => true);
  const outputs = given.map((wanted, k) => (wanted ? `y${k}` : ''));
  const node: Node = {
    name: 'node',
    op: use.op,
    domain,
    inputs: names,
    outputs,
    attributes: use.attributes ?? {},
  };
  const isInput = (k: number) => tensors[k] !== undefined && !use.inputs[k]?.initializer;
  const draft: Model = {
    irVersion: 10,
    opsets: { '': use.opset ?? INTERNAL_OPSET, 'com.microsoft': 1 },
    producer: 'test',
    metadata: {},
    graph: {
      name: 'graph',
      nodes: [node],
      inputs: names.flatMap((name, k) =>
        isInput(k)
          ? [{ name, type: tensors[k]!.type, dims: use.inputs[k]?.symbols ?? tensors[k]!.dims }]
          : [],
      ),
      outputs: outputs.flatMap((name) => (name === '' ? [] : [{ name, type, dims: [] }])),
      initializers: new Map(
        names.flatMap((name, k) => (tensors[k] && !isInput(k) ? [[name, tensors[k]!]] : [])),
      ),
    },
  };
  return draft;
}

export function feedsWith(use: Use, type: Float = 'float32'): Record<string, Tensor> {
  return Object.fromEntries(
    tensorsOf(use, type).flatMap((tensor, k) =>
      tensor && !use.inputs[k]?.initializer ? [[`x${k}`, tensor]] : [],
    ),
  );
}

/** The model in the internal opset, its operator expanded, outputs declared as what inference says they are. */
export function expanded(use: Use, type: Float = 'float32'): Model {
  const model = modelWith(use, type);
  const inner = expandOperators({ ...model, opsets: { ...model.opsets, '': INTERNAL_OPSET } });
  const outputs = inner.graph.outputs.map(({ name }) => name);
  return redeclared(prune(inner, outputs));
}

function redeclared(model: Model): Model {
  const { types } = inferGraph(model.graph);
  const outputs = model.graph.outputs.map(({ name }) => ({ name, ...types.get(name)! }));
  const result = { ...model, graph: { ...model.graph, outputs } };
  checkModel(result);
  return result;
}

/** The operator by ONNX Runtime's own kernel, beside its expansion: every output to `tolerance`, relative. */
export async function agrees(use: Use, tolerance = 1e-5): Promise<void> {
  const inner = expanded(use);
  expect(
    inner.graph.nodes.every(({ op, domain }) => domain === '' && (op !== use.op || use.domain !== undefined)),
  ).toBe(true);
  const feeds = feedsWith(use);
  const original = undeclared(modelWith(use), inner);
  const expected = await runOnce(original, feeds);
  const actual = await runOnce(inner, feeds);
  expect(Object.keys(actual).length).toBeGreaterThan(0);
  for (const name of Object.keys(actual)) {
    expect(actual[name]?.dims, name).toEqual(expected[name]?.dims);
    const { error, size } = distance(numbersOf(actual[name]), numbersOf(expected[name]));
    expect(error, `${use.op} ${name}`).toBeLessThan(tolerance * size + 1e-6);
  }
}

/** Declares the outputs of the original as the expansion found them. */
function undeclared(model: Model, inner: Model): Model {
  return { ...model, graph: { ...model.graph, outputs: inner.graph.outputs } };
}

/** The expansion's gradient for its float inputs, against a central difference in float64. */
export async function differentiates(
  use: Use,
  type: Float = 'float64',
  besides: readonly number[] = [],
): Promise<void> {
  const model = expanded(use, type);
  const builder = GraphBuilder.from(model);
  const feeds: Record<string, Tensor> = { ...feedsWith(use, type) };
  const terms = model.graph.outputs.flatMap(({ name }, k) => {
    const { type: kind, dims } = builder.typeOf(name);
    if (kind !== type) return [];
    const weight = builder.input(`weight${k}`, type, dims);
    return [[name, weight, dims] as const];
  });
  const results = await runOnce(model, feeds);
  const sums = terms.map(([name, weight, dims]) => {
    const actual = results[name]!.dims;
    const next = uniform(31 + sizeOf(actual));
    feeds[weight] = tensorOf(
      type,
      actual,
      Array.from({ length: sizeOf(actual) }, () => next() * 2 - 1),
    );
    const product = builder.op('Mul', [name, weight]);
    return dims.length === 0 ? product : builder.op('ReduceSum', [product], { keepdims: 0 });
  });
  builder.output(
    sums.reduce((a, b) => builder.op('Add', [a, b])),
    'loss',
  );
  const wanted = use.inputs.flatMap((given, k) =>
    given && !given.initializer && (given.type ?? type) === type && !given.tensor && !besides.includes(k)
      ? [`x${k}`]
      : [],
  );
  for (const target of ['cpu', 'webgpu'] as const) {
    const { analytic, numeric, scale } = await directional(builder.build(), feeds, wanted, type, target);
    expect(Math.abs(analytic - numeric), `${use.op} ${target}`).toBeLessThan(
      (type === 'float64' ? 1e-6 : 1e-2) * scale,
    );
  }
}

export const ints = (...value: number[]) => ({ kind: 'ints', value }) as const;
export const int = (value: number) => ({ kind: 'int', value }) as const;
export const float = (value: number) => ({ kind: 'float', value: Math.fround(value) }) as const;
export const text = (value: string) => ({ kind: 'string', value }) as const;
