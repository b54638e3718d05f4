import { type ExpandContext, type ExpandRow, expansion } from '../context.ts';
import { stack, steps } from '../steps.ts';
import { type Activation, activationsOf } from './activations.ts';
import { CELLS, type CellRow, type State, type Weights } from './cells.ts';
import { finalStates } from './final-state.ts';
import { stackDirections } from './stack-directions.ts';

/** Longer sequences make programs that take minutes to load. */
export const MOST_STEPS = 2048;

/**
 * RNN, GRU or LSTM step by step: the input of all steps is projected by one product, then each step is a Gemm with
 * its gates. Steps beyond an example's `sequence_lens` keep the state and give zeros.
 */
export function unroll(c: ExpandContext): readonly (string | undefined)[] {
  const row = CELLS[c.node.op] as CellRow;
  if (c.number('layout', 0) === 1) {
    const { context, finish } = inLayout0(c, row);
    return finish(unroll(context));
  }
  const length = c.size(0, 0);
  if (length < 1 || length > MOST_STEPS) {
    c.fail(`its sequence has ${length} steps; 1 to ${MOST_STEPS} can be written out for training`);
  }
  const direction = c.string('direction', 'forward');
  const directions = direction === 'bidirectional' ? 2 : 1;
  const activations = activationsOf(c, row.activations, directions);
  const inputs = perDirection(c, row, directions);
  const masks = masksOf(c, length);
  const runs = inputs.map((input, d) => {
    const backward = direction === 'reverse' || d === 1;
    return run(c, row, input, activations[d] as readonly Activation[], masks, length, backward);
  });
  const y = c.wants(0)
    ? stackDirections(
        c,
        runs.map(({ outputs }) => stack(c.e, outputs, 0)),
        1,
      )
    : undefined;
  const ends = runs.map(({ final }, d) => ({ final, initial: inputs[d]!.initial }));
  return [y, ...finalStates(c, row.states, ends)];
}

export interface DirectionInputs {
  readonly weights: Weights;
  readonly initial: State;
}

/** The weights and states of each direction, their first axis taken off. */
export function perDirection(c: ExpandContext, row: CellRow, directions: number): readonly DirectionInputs[] {
  const split = (index: number): readonly (string | undefined)[] =>
    c.has(index)
      ? steps(c.e, c.input(index), 0, directions)
      : Array.from({ length: directions }, () => undefined);
  const [w, r, b] = [split(1), split(2), split(3)];
  const states = Array.from({ length: row.states }, (_, state) =>
    c.has(5 + state) && !isZero(c, c.input(5 + state)) ? split(5 + state) : [],
  );
  const peepholes = c.node.op === 'LSTM' ? split(7) : [];
  return w.map((weight, d) => {
    const [wb, rb] = halves(c, b[d]);
    const p = peepholes[d];
    const weights = {
      w: weight as string,
      r: r[d] as string,
      wb,
      rb,
      peepholes: p === undefined ? undefined : c.e.multi('Split', [p], 3, { axis: 0, num_outputs: 3 }),
    };
    return { weights, initial: states.map((values) => values[d]) };
  });
}

/** Exporters write the initial state that nobody gave as zeros of the batch's size, cut up by layer. */
function isZero(c: ExpandContext, value: string): boolean {
  let node = c.builder.producer(value);
  while (node && node.domain === '' && KEEPS_ZEROS.has(node.op))
    node = c.builder.producer(node.inputs[0] ?? '');
  if (node === undefined || node.domain !== '') return false;
  const fill = node.attributes['value'];
  if (node.op === 'ConstantOfShape') return fill?.kind !== 'tensor' || Number(fill.value.data[0]) === 0;
  const known = node.op === 'Constant' ? c.builder.knownNumbers(node.outputs[0] as string) : undefined;
  return known?.every((item) => item === 0) === true;
}

const KEEPS_ZEROS = new Set([
  'Slice',
  'Expand',
  'Identity',
  'Reshape',
  'Cast',
  'Unsqueeze',
  'Transpose',
  'Split',
]);

function halves(c: ExpandContext, bias: string | undefined): readonly (string | undefined)[] {
  return bias === undefined ? [] : c.e.multi('Split', [bias], 2, { axis: 0, num_outputs: 2 });
}

/** For each step whether an example's sequence still has it, bool [N, 1]; none where all are full. */
export function masksOf(c: ExpandContext, length: number): readonly string[] | undefined {
  if (!c.has(4) || c.numbers(4)?.every((value) => value === length)) return undefined;
  const lengths = c.e.unsqueeze(c.input(4), [1]);
  return Array.from({ length }, (_, t) => c.e.greater(lengths, t));
}

interface Run {
  /** The hidden state of every step, in the order of the input, [N, H] each. */
  readonly outputs: readonly string[];
  readonly final: readonly string[];
}

function run(
  c: ExpandContext,
  row: CellRow,
  { weights, initial }: DirectionInputs,
  activations: readonly Activation[],
  masks: readonly string[] | undefined,
  length: number,
  backward: boolean,
): Run {
  const projected = steps(c.e, projectInput(c, row, weights, length), 0, length);
  const cell = row.make(c, weights, activations);
  const outputs = new Array<string>(length);
  let state: State = initial;
  for (let step = 0; step < length; step++) {
    const t = backward ? length - 1 - step : step;
    const next = cell(projected[t] as string, state);
    const mask = masks?.[t];
    const before = state;
    state = mask === undefined ? next : next.map((value, i) => c.e.where(mask, value, before[i] ?? 0));
    // Where the state before was zero it is what a step beyond the end gives too.
    const padded = mask !== undefined && before[0] !== undefined;
    outputs[t] = padded && c.wants(0) ? c.e.where(mask, next[0] as string, 0) : (state[0] as string);
  }
  return { outputs, final: state as readonly string[] };
}

/** x [T, N, I] to x W^T + b [T, N, gates H], as one matrix product over all steps. */
export function projectInput(c: ExpandContext, row: CellRow, weights: Weights, length: number): string {
  const x = c.input(0);
  const inner = c.size(1, 2);
  const bias = row.inputBias(c, weights);
  const rows = c.e.reshape(x, [-1, inner]);
  const inputs = bias === undefined ? [rows, weights.w] : [rows, weights.w, bias];
  const product = c.e.op('Gemm', inputs, { transB: 1 });
  const batch = c.dims(0)[1];
  const wide = c.e.dimsOf(weights.w)[0] as number;
  return c.e.reshape(product, [length, typeof batch === 'number' ? batch : -1, wide]);
}

/** The same node in layout 0: batch and time are swapped in what goes in, `finish` swaps them in what comes out. */
export function inLayout0(c: ExpandContext, row: CellRow) {
  const swap = (value: string): string => c.e.transpose(value, [1, 0, 2]);
  const inputs = c.inputs.map((value, i) =>
    value !== '' && (i === 0 || (i >= 5 && i < 5 + row.states)) ? swap(value) : value,
  );
  const { layout: _, ...attributes } = c.node.attributes;
  const node = { ...c.node, attributes };
  const finish = (outputs: readonly (string | undefined)[]) =>
    outputs.map((value, i) => {
      if (!value) return undefined;
      return i === 0 ? c.e.transpose(value, [2, 0, 1, 3]) : swap(value);
    });
  return { context: c.with(node, inputs), finish };
}

/** Layout 1, [N, T, I], by the operator in layout 0: ONNX Runtime has no kernel for it. */
function byBatch(c: ExpandContext, row: CellRow): readonly (string | undefined)[] {
  const { context, finish } = inLayout0(c, row);
  const { node, inputs } = context;
  const outputs = node.outputs.map((name, i) => name && c.builder.unique(`${node.name}/out${i}`));
  c.builder.node(node.op, inputs, node.attributes, { outputs, name: node.name });
  return finish(outputs);
}

/** On import only what ONNX Runtime cannot run is rewritten: the operator itself stays for inference and export. */
export const RECURRENT_LAYOUT: readonly ExpandRow[] = Object.keys(CELLS).map((op) =>
  expansion(
    op,
    '',
    'layout 1 becomes layout 0; in training a Scan over a known length (WebGPU: unrolled)',
    (c) => (c.number('layout', 0) === 1 ? byBatch(c, CELLS[op] as CellRow) : undefined),
  ),
);

const UNROLLED: ReadonlyMap<string, ExpandRow> = new Map(
  Object.keys(CELLS).map((op) => [op, expansion(op, '', 'unrolled over a known length', unroll)]),
);

/** The expansions of a training program: operators that run as they are, but are differentiated as others. */
export function trainingExpansionOf(op: string, domain: string): ExpandRow | undefined {
  return domain === '' ? UNROLLED.get(op) : undefined;
}
