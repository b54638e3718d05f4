import type { TfTensor } from '../load.ts';
import type { Call, OperatorTable } from './operator.ts';

/** Operators that pick elements by position. */
export const indexing: OperatorTable = {
  Slice: (call) => slice(call),
  Pad: (call) => pad(call),
  Gather: (call) => {
    const { tf } = call;
    const [x, indices] = [call.input(0), call.input(1)];
    const axis = call.axis(call.number('axis', 0), x.rank);
    const picked = tf.gather(x, tf.reshape(positive(call, indices, x.shape[axis]!), [-1]), axis);
    return tf.reshape(picked, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
  },
  /** As a sum over a one-hot of the indices: TensorFlow.js has no operator for it. */
  GatherElements: (call) => {
    const { tf } = call;
    const [x, indices] = [call.input(0), call.input(1)];
    const axis = call.axis(call.number('axis', 0), x.rank);
    const moved = x.shape.map((_, index) => index).filter((index) => index !== axis);
    const [values, places] = [tf.transpose(x, [...moved, axis]), tf.transpose(indices, [...moved, axis])];
    if (values.shape.slice(0, -1).join() !== places.shape.slice(0, -1).join()) {
      call.fail('indices that cover a part of the other axes are not supported');
    }
    const depth = x.shape[axis]!;
    const hot = tf.oneHot(tf.cast(positive(call, places, depth), 'int32') as never, depth, 1, 0, 'float32');
    const picked = tf.sum(tf.mul(hot, tf.expandDims(values, -2)), -1);
    const back = x.shape.map((_, index) => (index === axis ? x.rank - 1 : moved.indexOf(index)));
    return tf.transpose(tf.cast(picked, x.dtype), back);
  },
  OneHot: (call) => {
    const { tf } = call;
    const indices = call.input(0);
    const depth = call.values(1)[0]!;
    // As a value, not as two constants: it may be differentiated.
    const values = call.input(2);
    const [off, on] = [tf.slice(values, 0, 1), tf.slice(values, 1, 1)];
    const wrapped = tf.cast(positive(call, tf.cast(indices, 'int32'), depth), 'int32');
    const place = tf.oneHot(wrapped as never, depth);
    const hot = tf.where(tf.cast(place, 'bool'), on, off);
    const axis = call.axis(call.number('axis', -1), hot.rank);
    const order = indices.shape.map((_, index) => index);
    order.splice(axis, 0, hot.rank - 1);
    return tf.transpose(hot, order);
  },
};

/** Indices count from the end where they are negative. */
function positive({ tf }: Call, indices: TfTensor, size: number): TfTensor {
  const whole = tf.cast(indices, 'int32');
  return tf.where(tf.less(whole, 0), tf.add(whole, tf.scalar(size, 'int32')), whole);
}

function slice(call: Call): TfTensor {
  const { tf } = call;
  let x = call.input(0);
  const starts = call.optionalValues(1) ?? call.numbers('starts') ?? [];
  const ends = call.optionalValues(2) ?? call.numbers('ends') ?? [];
  const axes = call.optionalValues(3) ?? call.numbers('axes') ?? starts.map((_, axis) => axis);
  const steps = call.optionalValues(4) ?? starts.map(() => 1);
  for (const [index, given] of axes.entries()) {
    const axis = call.axis(given, x.rank);
    const size = x.shape[axis]!;
    const step = steps[index]!;
    const start = bound(starts[index]!, size, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
    const end = bound(ends[index]!, size, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
    const count = Math.max(0, Math.ceil((end - start) / step));
    x = pick(
      call,
      x,
      axis,
      Array.from({ length: count }, (_, nth) => start + nth * step),
    );
  }
  return tf.clone(x);
}

function bound(value: number, size: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value < 0 ? value + size : value));
}

/** Positions along an axis. A run of neighbours is a slice; the rest a gather: strided slices have no gradient. */
function pick({ tf }: Call, x: TfTensor, axis: number, places: readonly number[]): TfTensor {
  const first = places[0] ?? 0;
  if (places.every((place, nth) => place === first + nth)) {
    const begin = x.shape.map((_, index) => (index === axis ? first : 0));
    const size = x.shape.map((dim, index) => (index === axis ? places.length : dim));
    return tf.slice(x, begin, size);
  }
  return tf.gather(x, tf.tensor1d([...places], 'int32'), axis);
}

function pad(call: Call): TfTensor {
  const { tf } = call;
  let x = call.input(0);
  const amounts = call.optionalValues(1) ?? call.numbers('pads') ?? call.fail('pads are missing');
  const given = call.optionalValues(3) ?? x.shape.map((_, axis) => axis);
  const axes = given.map((axis) => call.axis(axis, x.rank));
  const mode = call.string('mode', 'constant');
  for (const [index, axis] of axes.entries()) {
    const [before, after] = [amounts[index]!, amounts[index + axes.length]!];
    const size = x.shape[axis]!;
    if (mode !== 'constant') {
      const length = Math.max(0, before + size + after);
      x = pick(
        call,
        x,
        axis,
        Array.from({ length }, (_, nth) => source(call, mode, nth - before, size)),
      );
      continue;
    }
    const from = Math.max(0, -before);
    const kept = Array.from({ length: size - from - Math.max(0, -after) }, (_, nth) => from + nth);
    if (kept.length < size) x = pick(call, x, axis, kept);
    const widths = x.shape.map((_, other): [number, number] =>
      other === axis ? [Math.max(0, before), Math.max(0, after)] : [0, 0],
    );
    x = padWith(call, x, widths);
  }
  return tf.clone(x);
}

/** Pads with the value of input 2, by which it can be differentiated unless it is infinite. */
function padWith(call: Call, x: TfTensor, widths: [number, number][]): TfTensor {
  const { tf } = call;
  const value = call.optional(2);
  const [number] = call.optionalValues(2) ?? [call.number('value', 0)];
  if (!value || !Number.isFinite(number)) return tf.pad(x, widths, number);
  const outside = tf.sub(1, tf.pad(tf.ones(x.shape), widths));
  return tf.cast(tf.add(tf.pad(x, widths), tf.mul(value, outside)), x.dtype);
}

/** Which element stands at a position outside. */
function source(call: Call, mode: string, place: number, size: number): number {
  switch (mode) {
    case 'edge':
      return Math.min(size - 1, Math.max(0, place));
    case 'wrap':
      return ((place % size) + size) % size;
    case 'reflect': {
      const period = Math.max(1, 2 * (size - 1));
      const within = ((place % period) + period) % period;
      return within < size ? within : period - within;
    }
    default:
      return call.fail(`mode "${mode}" is not supported`);
  }
}
