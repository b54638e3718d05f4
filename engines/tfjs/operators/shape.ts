import type { TfTensor } from '../load.ts';
import { tfType, toTf } from '../tensors.ts';
import type { Call, OperatorTable } from './operator.ts';

/** Operators that say or change the shape, and constants. */
export const shape: OperatorTable = {
  Identity: ({ tf, inputs: [x] }) => tf.clone(x!),
  Cast: (call) => call.tf.cast(call.input(0), castType(call)),
  Constant: (call) => constant(call),
  ConstantOfShape: (call) => {
    const value = call.tensor('value');
    const type = value ? tfType(value.type, `the value of "${call.node.name}"`) : 'float32';
    return call.tf.fill(call.values(0), value ? Number(value.data[0]) : 0, type);
  },
  Range: (call) => {
    const [start, limit, delta] = [call.values(0)[0]!, call.values(1)[0]!, call.values(2)[0]!];
    return call.tf.range(start, limit, delta, call.input(0).dtype as 'float32' | 'int32');
  },
  Shape: (call) => {
    const dims = call.input(0).shape;
    const end = call.number('end', dims.length);
    return call.tf.tensor1d(dims.slice(call.number('start', 0), end), 'int32');
  },
  Size: (call) => call.tf.scalar(call.input(0).size, 'int32'),

  Reshape: (call) => {
    const x = call.input(0);
    const keepZero = call.number('allowzero', 0) !== 0;
    const dims = call.values(1).map((dim, axis) => (dim === 0 && !keepZero ? x.shape[axis]! : dim));
    return call.tf.reshape(x, dims);
  },
  Flatten: (call) => {
    const x = call.input(0);
    const axis = call.number('axis', 1);
    const split = axis < 0 ? axis + x.rank : axis;
    const rows = x.shape.slice(0, split).reduce((product, dim) => product * dim, 1);
    return call.tf.reshape(x, [rows, x.size / rows]);
  },
  Squeeze: (call) => {
    const x = call.input(0);
    const axes = call.optionalValues(1) ?? call.numbers('axes');
    return call.tf.squeeze(
      x,
      axes?.map((axis) => call.axis(axis, x.rank)),
    );
  },
  Unsqueeze: (call) => {
    const x = call.input(0);
    const axes = call.optionalValues(1) ?? call.numbers('axes') ?? [];
    const positions = axes.map((axis) => call.axis(axis, x.rank + axes.length)).sort((a, b) => a - b);
    const dims = [...x.shape];
    for (const position of positions) dims.splice(position, 0, 1);
    return call.tf.reshape(x, dims);
  },
  Transpose: (call) => call.tf.transpose(call.input(0), call.numbers('perm')),
  Expand: (call) => {
    const x = call.input(0);
    const { tf } = call;
    const dims = tf.broadcast_util.assertAndGetBroadcastShape(x.shape, call.values(1));
    return x.dtype === 'bool'
      ? tf.cast(tf.broadcastTo(tf.cast(x, 'int32'), dims), 'bool')
      : tf.broadcastTo(x, dims);
  },
  DepthToSpace: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const block = call.number('blocksize', 1);
    const depth = channels / block ** 2;
    const columnFirst = call.string('mode', 'DCR') === 'CRD';
    const apart = tf.reshape(
      x,
      columnFirst ? [batch, depth, block, block, height, width] : [batch, block, block, depth, height, width],
    );
    const order = columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
    return tf.reshape(tf.transpose(apart, order), [batch, depth, height * block, width * block]);
  },
  SpaceToDepth: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const block = call.number('blocksize', 1);
    const apart = tf.reshape(x, [batch, channels, height / block, block, width / block, block]);
    return tf.reshape(tf.transpose(apart, [0, 3, 5, 1, 2, 4]), [
      batch,
      channels * block ** 2,
      height / block,
      width / block,
    ]);
  },
  Trilu: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
    const [diagonal] = call.optionalValues(1) ?? [0];
    const upper = call.number('upper', 1) !== 0;
    const kept = Array.from({ length: rows * columns }, (_, index) => {
      const distance = (index % columns) - Math.floor(index / columns) - diagonal!;
      return upper ? distance >= 0 : distance <= 0;
    });
    return tf.where(tf.tensor2d(kept, [rows, columns], 'bool'), x, tf.zerosLike(x));
  },
  Tile: (call) => call.tf.tile(call.input(0), call.values(1)),
  Concat: (call) => {
    const parts = call.inputs;
    return call.tf.concat([...parts], call.axis(call.number('axis', 0), parts[0]!.rank));
  },
  Split: (call) => {
    const x = call.input(0);
    const axis = call.axis(call.number('axis', 0), x.rank);
    const sizes = call.optionalValues(1) ?? call.numbers('split') ?? evenly(x.shape[axis]!, parts(call));
    return call.tf.split(x, sizes, axis);
  },
};

function parts(call: Call): number {
  return call.number('num_outputs', call.node.outputs.length);
}

/** Chunks of ⌈size / count⌉, the last one smaller: what Split does since opset 18. */
function evenly(size: number, count: number): number[] {
  const chunk = Math.ceil(size / count);
  return Array.from({ length: count }, (_, index) => Math.min(chunk, size - index * chunk));
}

function constant(call: Call): TfTensor {
  const tensor = call.tensor('value');
  if (tensor) return toTf(call.tf, tensor, `constant "${call.node.outputs[0]}"`);
  const { attributes } = call.node;
  const given = attributes['value_float'] ?? attributes['value_int'];
  if (given?.kind === 'float') return call.tf.scalar(given.value, 'float32');
  if (given?.kind === 'int') return call.tf.scalar(given.value, 'int32');
  const floats = call.numbers('value_floats');
  if (floats) return call.tf.tensor1d(floats, 'float32');
  const ints = call.numbers('value_ints');
  if (ints) return call.tf.tensor1d(ints, 'int32');
  return call.fail('it has neither value, value_float, value_int, value_floats nor value_ints');
}

/** TensorProto.DataType, from onnx.proto. */
const protoTypes = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
] as const);

function castType(call: Call) {
  const code = call.number('to', 0);
  const type = protoTypes.get(code as 1);
  return type ? tfType(type, 'the result') : call.fail(`there is no counterpart of element type ${code}`);
}
