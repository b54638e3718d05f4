import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { constantTensor } from '../../../shared/onnx/constants.ts';
import type { AttributeValue, Model } from '../../../shared/onnx/model.ts';
import { sizeOf, type TensorMap } from '../../../shared/onnx/tensor.ts';
import { tensorOf, uniform } from './spec.ts';

type Float = 'float32' | 'float64';

/** One way to use a recurrent operator. */
export interface RecurrentCase {
  readonly name: string;
  readonly op: 'LSTM' | 'GRU' | 'RNN';
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Steps, examples, size of a step, size of the state. */
  readonly sizes?: readonly [steps: number, batch: number, input: number, hidden: number];
  readonly bias?: boolean;
  readonly initial?: boolean;
  readonly lengths?: readonly number[];
  readonly peepholes?: boolean;
  /** ONNX Runtime has no double kernel for one of the activations (HardSigmoid, Elu). */
  readonly noDouble?: boolean;
}

const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const string = (value: string): AttributeValue => ({ kind: 'string', value });
const strings = (...value: string[]): AttributeValue => ({ kind: 'strings', value });
const floats = (...value: number[]): AttributeValue => ({ kind: 'floats', value });
const int = (value: number): AttributeValue => ({ kind: 'int', value });
const both = { direction: string('bidirectional') };

export const RECURRENT_CASES: readonly RecurrentCase[] = [
  { name: 'LSTM, nothing optional', op: 'LSTM' },
  { name: 'LSTM of 11 steps', op: 'LSTM', sizes: [11, 2, 3, 4], bias: true, initial: true },
  { name: 'LSTM of one step', op: 'LSTM', sizes: [1, 2, 3, 4], bias: true },
  {
    name: 'LSTM backward, lengths',
    op: 'LSTM',
    attributes: { direction: string('reverse') },
    lengths: [4, 1, 3],
  },
  {
    name: 'LSTM both ways, lengths, initial',
    op: 'LSTM',
    attributes: both,
    lengths: [2, 4, 3],
    bias: true,
    initial: true,
  },
  { name: 'LSTM with peepholes', op: 'LSTM', attributes: both, peepholes: true, bias: true, initial: true },
  {
    name: 'LSTM with coupled gates',
    op: 'LSTM',
    attributes: { input_forget: int(1) },
    bias: true,
    initial: true,
  },
  { name: 'LSTM with clip', op: 'LSTM', attributes: { clip: { kind: 'float', value: 0.25 } }, bias: true },
  {
    name: 'LSTM with other activations',
    op: 'LSTM',
    noDouble: true,
    attributes: {
      ...both,
      activations: strings('HardSigmoid', 'Softsign', 'Affine', 'Sigmoid', 'LeakyRelu', 'ScaledTanh'),
      activation_alpha: floats(0.3, 0.7, 0.2, 1.5),
      activation_beta: floats(0.4, 0.1, 0.8),
    },
    bias: true,
    initial: true,
  },
  { name: 'GRU, nothing optional', op: 'GRU' },
  {
    name: 'GRU both ways, lengths',
    op: 'GRU',
    attributes: both,
    bias: true,
    initial: true,
    lengths: [1, 4, 2],
  },
  {
    name: 'GRU, linear before reset',
    op: 'GRU',
    attributes: { linear_before_reset: int(1) },
    bias: true,
    initial: true,
  },
  {
    name: 'GRU, linear before reset, no bias',
    op: 'GRU',
    attributes: { ...both, linear_before_reset: int(1) },
  },
  {
    name: 'GRU, linear before reset, no initial state',
    op: 'GRU',
    attributes: { linear_before_reset: int(1) },
    bias: true,
  },
  {
    name: 'GRU with other activations and clip',
    op: 'GRU',
    noDouble: true,
    attributes: { activations: strings('Sigmoid', 'Elu'), clip: { kind: 'float', value: 0.3 } },
    bias: true,
    initial: true,
  },
  { name: 'RNN both ways', op: 'RNN', attributes: both, bias: true, initial: true },
  {
    name: 'RNN backward, Relu, lengths',
    op: 'RNN',
    attributes: { direction: string('reverse'), activations: strings('Relu') },
    bias: true,
    lengths: [4, 2, 1],
  },
  {
    name: 'LSTM both ways, lengths of which one is 0, initial',
    op: 'LSTM',
    attributes: both,
    lengths: [4, 0, 3],
    bias: true,
    initial: true,
  },
  {
    name: 'LSTM of two steps, lengths of which one is 0, initial',
    op: 'LSTM',
    sizes: [2, 3, 2, 3],
    lengths: [0, 2, 1],
    initial: true,
  },
  { name: 'LSTM, lengths of which one is 0', op: 'LSTM', lengths: [4, 0, 3] },
  {
    name: 'GRU, lengths of which one is 0, initial',
    op: 'GRU',
    lengths: [4, 3, 0],
    bias: true,
    initial: true,
  },
  {
    name: 'RNN backward, lengths of which one is 0, initial',
    op: 'RNN',
    attributes: { direction: string('reverse') },
    lengths: [0, 2, 4],
    bias: true,
    initial: true,
  },
];

/** The shapes of the operator's float inputs, by name, in their order; undefined where it has none. */
function shapesOf(spec: RecurrentCase): Record<string, readonly number[] | undefined> {
  const [steps, batch, input, hidden] = spec.sizes ?? [4, 3, 2, 3];
  const directions = spec.attributes?.['direction']?.value === 'bidirectional' ? 2 : 1;
  const rows = GATES[spec.op] * hidden;
  const state = spec.initial ? [directions, batch, hidden] : undefined;
  return {
    x: [steps, batch, input],
    w: [directions, rows, input],
    r: [directions, rows, hidden],
    b: spec.bias ? [directions, 2 * rows] : undefined,
    initial_h: state,
    initial_c: spec.op === 'LSTM' ? state : undefined,
    p: spec.peepholes ? [directions, 3 * hidden] : undefined,
  };
}

/** The operator, its outputs, and a loss that weighs every element of each differently. */
export function recurrentModel(spec: RecurrentCase, type: Float = 'float32'): Model {
  const builder = new GraphBuilder();
  const values: Record<string, string> = {};
  for (const [name, dims] of Object.entries(shapesOf(spec))) {
    if (dims) values[name] = builder.input(name, type, dims);
  }
  if (spec.lengths) {
    values['lengths'] = builder.input('lengths', 'int32', [spec.lengths.length]);
  }
  const order = [
    'x',
    'w',
    'r',
    'b',
    'lengths',
    'initial_h',
    ...(spec.op === 'LSTM' ? ['initial_c', 'p'] : []),
  ];
  const inputs = order.map((name) => values[name] ?? '');
  while (inputs.at(-1) === '') inputs.pop();
  const hidden = shapesOf(spec)['r']?.[2] as number;
  const outputs = spec.op === 'LSTM' ? ['y', 'y_h', 'y_c'] : ['y', 'y_h'];
  builder.node(
    spec.op,
    inputs,
    { hidden_size: hidden, ...spec.attributes },
    { outputs, name: spec.op.toLowerCase() },
  );
  const next = uniform(5);
  const sums = outputs.map((output) => {
    const dims = builder.typeOf(output).dims as number[];
    const weights = Array.from({ length: sizeOf(dims) }, () => next() * 2 - 1);
    const weighed = builder.op('Mul', [output, builder.constant(constantTensor(type, dims, weights))]);
    return builder.op('ReduceSum', [weighed], { keepdims: 0 });
  });
  const loss = sums.reduce((sum, value) => builder.op('Add', [sum, value]));
  for (const output of outputs) builder.output(output);
  builder.output(loss, 'loss');
  return builder.build({ name: 'recurrent' });
}

export function recurrentFeeds(spec: RecurrentCase, type: Float = 'float32'): TensorMap {
  const next = uniform(spec.name.length);
  const feeds: Record<string, TensorMap[string]> = {};
  for (const [name, dims] of Object.entries(shapesOf(spec))) {
    if (dims)
      feeds[name] = tensorOf(
        type,
        dims,
        Array.from({ length: sizeOf(dims) }, () => next() * 2 - 1),
      );
  }
  if (spec.lengths) {
    feeds['lengths'] = { type: 'int32', dims: [spec.lengths.length], data: Int32Array.from(spec.lengths) };
  }
  return feeds;
}

export function floatInputsOf(spec: RecurrentCase): string[] {
  return Object.entries(shapesOf(spec)).flatMap(([name, dims]) => (dims ? [name] : []));
}
