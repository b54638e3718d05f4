import type { TensorFlow, TfTensor } from '../load.ts';

/**
 * `compute(...inputs)` as a function whose derivative is zero. Comparisons are such, but TensorFlow.js has no
 * gradient for them and fails where one lies on the way from the loss to a variable.
 */
export function constantIn(
  tf: TensorFlow,
  inputs: readonly TfTensor[],
  compute: (...inputs: TfTensor[]) => TfTensor,
): TfTensor {
  const operator = tf.customGrad((...args) => ({
    // The last argument saves tensors for the gradient; there is none to compute.
    value: compute(...(args.slice(0, inputs.length) as TfTensor[])),
    gradFunc: () => inputs.map((input) => tf.zeros(input.shape)),
  }));
  return operator(...inputs);
}

/** x > threshold, as a condition that is not differentiated. */
export function above(tf: TensorFlow, x: TfTensor, threshold: number): TfTensor {
  return constantIn(tf, [x], (value) => tf.greater(value, threshold));
}
