import type { Expressions } from '../../onnx/expressions.ts';
import type { Dim } from '../../onnx/model.ts';
import type { DataType } from '../../onnx/tensor.ts';

/**
 * 0, 1, 2, … up to the size of an axis of `value`, as floats [size]: comparisons of floats run on every target.
 *
 * @param type float32 or float64.
 */
export function positionsAlong(e: Expressions, value: string, axis: number, type: DataType): string {
  const size: Dim = e.dimsOf(value)[axis] as Dim;
  if (typeof size === 'number') {
    const places = Array.from({ length: size }, (_, k) => k);
    const data = type === 'float64' ? Float64Array.from(places) : Float32Array.from(places);
    return e.constant({ type: type === 'float64' ? 'float64' : 'float32', dims: [size], data });
  }
  const limit = e.cast(e.op('Squeeze', [e.dim(value, axis)]), type);
  return e.op('Range', [e.scalar(0, type), limit, e.scalar(1, type)]);
}

/** The identity matrix of the size of an axis of `value`, in its type. */
export function identityOf(e: Expressions, value: string, axis: number): string {
  const { type } = e.typeOf(value);
  const positions = positionsAlong(e, value, axis, type);
  return e.cast(e.equal(e.unsqueeze(positions, [1]), e.unsqueeze(positions, [0])), type);
}
