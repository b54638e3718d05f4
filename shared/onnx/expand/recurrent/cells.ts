import type { ExpandContext } from '../context.ts';
import type { Activation } from './activations.ts';

/** The weights of one direction, without the direction's axis. */
export interface Weights {
  /** [gates H, I] */
  readonly w: string;
  /** [gates H, H] */
  readonly r: string;
  /** [gates H] each; undefined is zero. */
  readonly wb: string | undefined;
  readonly rb: string | undefined;
  /** Peepholes of input, output and forget gate, [H] each (LSTM). */
  readonly peepholes: readonly string[] | undefined;
}

/** Hidden state first, then the cell state of an LSTM; undefined is zero: the first step without initial state. */
export type State = readonly (string | undefined)[];

/** One step: the projected input [N, gates H] and the state to the next state. */
export type Cell = (projected: string, state: State) => readonly string[];

export interface CellRow {
  readonly gates: number;
  readonly states: number;
  readonly activations: readonly string[];
  /** What of the bias can be added to all projected inputs at once. */
  readonly inputBias: (c: ExpandContext, weights: Weights) => string | undefined;
  readonly make: (c: ExpandContext, weights: Weights, activations: readonly Activation[]) => Cell;
}

const bothBiases: CellRow['inputBias'] = (c, { wb, rb }) =>
  wb !== undefined && rb !== undefined ? c.e.add(wb, rb) : wb;

/** The bound of `clip` on what goes into an activation. */
function clipping(c: ExpandContext): Activation {
  const bound = c.number('clip', 0);
  if (bound <= 0) return (value) => value;
  return (value) => {
    const { type } = c.typeOf(value);
    return c.e.op('Clip', [value, c.e.scalar(-bound, type), c.e.scalar(bound, type)]);
  };
}

/** projected + h r^T; no product where h is zero. */
function withHidden(c: ExpandContext, projected: string, h: string | undefined, r: string): string {
  return h === undefined ? projected : c.e.op('Gemm', [h, r, projected], { transB: 1 });
}

/** `count` equal parts along the last axis. */
export function parts(c: ExpandContext, value: string, count: number): string[] {
  return count === 1 ? [value] : c.e.multi('Split', [value], count, { axis: -1, num_outputs: count });
}

/** a b + c d, where undefined is zero. */
function blend(c: ExpandContext, a: string, b: string, rest: readonly [string, string | undefined]): string {
  const first = c.e.mul(a, b);
  return rest[1] === undefined ? first : c.e.add(c.e.mul(rest[0], rest[1]), first);
}

/** H' = f(X W + H R + b) */
const RNN: CellRow = {
  gates: 1,
  states: 1,
  activations: ['Tanh'],
  inputBias: bothBiases,
  make: (c, { r }, [f]) => {
    const clip = clipping(c);
    return (projected, [h]) => [(f as Activation)(clip(withHidden(c, projected, h, r)))];
  },
};

/** Gates in the order z (update), r (reset), h (hidden): H' = (1 - z) h + z H */
const GRU: CellRow = {
  gates: 3,
  states: 1,
  activations: ['Sigmoid', 'Tanh'],
  inputBias: (c, weights) => (c.number('linear_before_reset', 0) === 0 ? bothBiases(c, weights) : weights.wb),
  make: (c, weights, [f, g]) => {
    const clip = clipping(c);
    const gate = (value: string) => (f as Activation)(clip(value));
    const candidate = (value: string) => (g as Activation)(clip(value));
    const finish = (z: string, n: string, h: string | undefined): string[] => [
      blend(c, c.e.sub(1, z), n, [z, h]),
    ];
    return c.number('linear_before_reset', 0) === 0
      ? resetBefore(c, weights, gate, candidate, finish)
      : resetAfter(c, weights, gate, candidate, finish);
  },
};

type Finish = (z: string, n: string, h: string | undefined) => string[];

/** h = g(X Wh + (r H) Rh + b): the reset gate scales the state. */
function resetBefore(
  c: ExpandContext,
  weights: Weights,
  gate: Activation,
  candidate: Activation,
  finish: Finish,
): Cell {
  const hidden = c.e.dimsOf(weights.r)[1] as number;
  const cut = (value: string, axis: number) =>
    c.e.multi('Split', [value, c.e.ints([2 * hidden, hidden])], 2, { axis }) as [string, string];
  const [rGates, rHidden] = cut(weights.r, 0);
  return (projected, [h]) => {
    const [xGates, xHidden] = cut(projected, 1);
    const [z, r] = parts(c, gate(withHidden(c, xGates, h, rGates)), 2) as [string, string];
    const reset = h === undefined ? undefined : c.e.mul(r, h);
    return finish(z, candidate(withHidden(c, xHidden, reset, rHidden)), h);
  };
}

/** h = g(X Wh + bw + r (H Rh + br)): the reset gate scales the product, as cuDNN and PyTorch do. */
function resetAfter(
  c: ExpandContext,
  weights: Weights,
  gate: Activation,
  candidate: Activation,
  finish: Finish,
): Cell {
  const hidden = c.e.dimsOf(weights.r)[1] as number;
  const cut = (value: string) =>
    c.e.multi('Split', [value, c.e.ints([2 * hidden, hidden])], 2, { axis: -1 }) as [string, string];
  return (projected, [h]) => {
    const [xGates, xHidden] = cut(projected);
    const bias = weights.rb === undefined ? [] : [weights.rb];
    const product = h === undefined ? weights.rb : c.e.op('Gemm', [h, weights.r, ...bias], { transB: 1 });
    if (product === undefined) {
      const [z] = parts(c, gate(xGates), 2) as [string, string];
      return finish(z, candidate(xHidden), h);
    }
    const [hGates, hHidden] = cut(product);
    const [z, r] = parts(c, gate(c.e.add(xGates, hGates)), 2) as [string, string];
    return finish(z, candidate(c.e.add(xHidden, c.e.mul(r, hHidden))), h);
  };
}

/** Gates in the order i (input), o (output), f (forget), c (cell): C' = f C + i c, H' = o h(C') */
const LSTM: CellRow = {
  gates: 4,
  states: 2,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  inputBias: bothBiases,
  make: (c, { r, peepholes }, activations) => {
    const [f, g, h] = activations as [Activation, Activation, Activation];
    const clip = clipping(c);
    const gate = (value: string) => f(clip(value));
    const coupled = c.number('input_forget', 0) !== 0;
    const hidden = c.e.dimsOf(r)[1] as number;
    const [pi, po, pf] = peepholes ?? [];
    const peep = (value: string, peephole: string | undefined, cell: string | undefined) =>
      peephole === undefined || cell === undefined ? value : c.e.add(value, c.e.mul(peephole, cell));
    return (projected, [previous, cell]) => {
      const all = withHidden(c, projected, previous, r);
      const cut = c.e.ints([3 * hidden, hidden]);
      const [gates, fresh] = c.e.multi('Split', [all, cut], 2, { axis: 1 }) as [string, string];
      const [i, o, forget] = (
        peepholes ? peeped(parts(c, gates, 3) as [string, string, string]) : parts(c, gate(gates), 3)
      ) as [string, string, string];
      const kept = coupled ? c.e.sub(1, i) : forget;
      const next = blend(c, i, g(clip(fresh)), [kept, cell]);
      const open = peepholes ? gate(peep(o, po, next)) : o;
      return [c.e.mul(open, h(next)), next];

      // The output gate sees the new cell state, so it comes last.
      function peeped([input, output, rest]: [string, string, string]): string[] {
        return [gate(peep(input, pi, cell)), output, gate(peep(rest, pf, cell))];
      }
    };
  },
};

export const CELLS: Readonly<Record<string, CellRow>> = { RNN, GRU, LSTM };
