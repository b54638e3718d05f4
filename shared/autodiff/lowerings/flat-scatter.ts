import type { Expressions } from '../../onnx/expressions.ts';

/**
 * The gradient of any operator that only moves elements, by moving their positions along: `move` is applied to the
 * flat positions of x, and says where each element of the gradient belongs. Slower than a form of its own, right
 * for every setting (computed starts, repeated elements); for CPU and WASM.
 *
 * @param move the operator applied to an int64 tensor of the shape of x.
 */
export function scatterBack(
  e: Expressions,
  g: string,
  x: string,
  move: (positions: string) => string,
): string {
  const shape = e.shape(x);
  const size = e.op('ReduceProd', [shape], { keepdims: 1 });
  const scalar = e.op('Squeeze', [size]);
  const range = e.op('Range', [e.scalar(0, 'int64'), scalar, e.scalar(1, 'int64')]);
  const positions = move(e.op('Reshape', [range, shape]));
  const zeros = e.op('Expand', [e.scalar(0, e.typeOf(x).type), size]);
  const flat = e.op('ScatterElements', [zeros, e.reshape(positions, [-1]), e.reshape(g, [-1])], {
    axis: 0,
    reduction: 'add',
  });
  return e.reshapeLike(flat, x);
}
