import { divideExactly } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { mustEqual, requireRank, sameTypes } from './common.ts';
import { float, floats, type InferenceContext, int, operator, string, strings } from './operator.ts';

/** x [T, N, I] (layout 1: [N, T, I]), w [D, gates H, I], r [D, gates H, H] to y [T, D, N, H], y_h [D, N, H]. */
function recurrent(gates: number, states: number) {
  return (c: InferenceContext): ValueType[] => {
    const x = requireRank(c, 0, 3);
    const [directions, rows, inner] = requireRank(c, 1, 3) as [Dim, Dim, Dim];
    const r = requireRank(c, 2, 3) as [Dim, Dim, Dim];
    const hidden = mustEqual(c, divideExactly(rows, gates) ?? r[2], r[2], 'hidden size of W and R');
    mustEqual(c, c.string('direction') === 'bidirectional' ? 2 : 1, directions, 'directions and W');
    mustEqual(c, x[2] as Dim, inner, 'size of a step of the input and of W');
    const hiddenSize = c.optional('hidden_size');
    if (typeof hiddenSize === 'number') mustEqual(c, hiddenSize, hidden, 'hidden_size and R');
    const type = sameTypes(c, 0, Math.min(3, c.inputs.length - 1));
    const byBatch = c.int('layout') === 1;
    const [length, batch] = (byBatch ? [x[1], x[0]] : [x[0], x[1]]) as [Dim, Dim];
    const y = byBatch ? [batch, length, directions, hidden] : [length, directions, batch, hidden];
    const last = byBatch ? [batch, directions, hidden] : [directions, batch, hidden];
    return [{ type, dims: y }, ...Array.from({ length: states }, () => ({ type, dims: last }))];
  };
}

const RECURRENT_ATTRIBUTES = {
  activation_alpha: floats(),
  activation_beta: floats(),
  activations: strings(),
  clip: float(),
  direction: string('forward'),
  hidden_size: int(),
  layout: int(0),
};

export const RECURRENT = [
  operator('RNN', [3, 6], recurrent(1, 1), { outputs: [0, 2], attributes: RECURRENT_ATTRIBUTES }),
  operator('GRU', [3, 6], recurrent(3, 1), {
    outputs: [0, 2],
    attributes: { ...RECURRENT_ATTRIBUTES, linear_before_reset: int(0) },
  }),
  operator('LSTM', [3, 8], recurrent(4, 2), {
    outputs: [0, 3],
    attributes: { ...RECURRENT_ATTRIBUTES, input_forget: int(0) },
  }),
];
