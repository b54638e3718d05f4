import type { ExpandContext } from '../context.ts';

export type Activation = (value: string) => string;

interface ActivationRow {
  /** Defaults of alpha and beta; undefined where the function has none. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly make: (c: ExpandContext, alpha: number, beta: number) => Activation;
}

const plain = (op: string): ActivationRow => ({ make: (c) => (value) => c.e.op(op, [value]) });
const withAlpha = (op: string, alpha: number): ActivationRow => ({
  alpha,
  make: (c, a) => (value) => c.e.op(op, [value], { alpha: a }),
});

/** The activation functions of RNN, GRU and LSTM (https://onnx.ai/onnx/operators/onnx__LSTM.html). */
const ACTIVATIONS: Readonly<Record<string, ActivationRow>> = {
  relu: plain('Relu'),
  tanh: plain('Tanh'),
  sigmoid: plain('Sigmoid'),
  softsign: plain('Softsign'),
  softplus: plain('Softplus'),
  leakyrelu: withAlpha('LeakyRelu', 0.01),
  thresholdedrelu: withAlpha('ThresholdedRelu', 1),
  elu: withAlpha('Elu', 1),
  hardsigmoid: {
    alpha: 0.2,
    beta: 0.5,
    make: (c, alpha, beta) => (value) => c.e.op('HardSigmoid', [value], { alpha, beta }),
  },
  affine: {
    alpha: 1,
    beta: 0,
    make: (c, alpha, beta) => (value) => {
      const scaled = c.e.mul(value, alpha);
      return beta === 0 ? scaled : c.e.add(scaled, beta);
    },
  },
  scaledtanh: {
    alpha: 1,
    beta: 1,
    make: (c, alpha, beta) => (value) => c.e.mul(c.e.op('Tanh', [c.e.mul(value, beta)]), alpha),
  },
};

/**
 * The activation functions of each direction, in the operator's order. Values of `activation_alpha` and
 * `activation_beta` are taken in order by those functions that have one, as ONNX Runtime does.
 */
export function activationsOf(
  c: ExpandContext,
  defaults: readonly string[],
  directions: number,
): readonly (readonly Activation[])[] {
  const given = c.strings('activations');
  const names = given ?? Array.from({ length: directions }, () => defaults).flat();
  if (names.length !== directions * defaults.length) {
    c.fail(`it names ${names.length} activations; it needs ${directions * defaults.length}`);
  }
  const alphas = [...(c.list('activation_alpha') ?? [])];
  const betas = [...(c.list('activation_beta') ?? [])];
  const made = names.map((name) => {
    const row = ACTIVATIONS[name.toLowerCase()] ?? c.fail(`activation ${JSON.stringify(name)} is not known`);
    const alpha = row.alpha === undefined ? 0 : (alphas.shift() ?? row.alpha);
    const beta = row.beta === undefined ? 0 : (betas.shift() ?? row.beta);
    return row.make(c, alpha, beta);
  });
  return Array.from({ length: directions }, (_, d) =>
    made.slice(d * defaults.length, (d + 1) * defaults.length),
  );
}
