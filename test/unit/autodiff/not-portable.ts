/**
 * What WebGPU's provider of ONNX Runtime 1.30 lacks, so that a gradient graph cannot stay on the GPU: by operator or by
 * the name of a spec. All but those of the second group lack the operator itself, in the forward graph: it is the
 * user's model, and its gradient is portable (no rule adds such an operator: targets.test.ts). What has a portable form
 * (shared/autodiff/portable) is not here.
 */
export const NOT_PORTABLE: Readonly<Record<string, string>> = {
  // The operator itself.
  ...Object.fromEntries(
    [
      ...['Mod', 'MaxUnpool'],
      ...['AffineGrid', 'RoiAlign', 'Col2Im'],
      ...['Det', 'Compress', 'ReverseSequence', 'OneHot'],
      ...['RNN', 'GRU', 'LSTM', 'QuantizeLinear', 'DynamicQuantizeLinear'],
    ].map((op) => [op, `${op} itself`]),
  ),
  'Pow: integer exponents': 'Pow with int64 exponents',
  'Dropout: training, of nothing': 'Dropout itself in training',
  'Resize: linear, antialias': 'Resize with antialias',
  'BatchNormalization: training': 'BatchNormalization in training mode (programs rewrite it)',
  'BatchNormalization: training, running statistics used':
    'BatchNormalization in training mode (programs rewrite it)',
  'ConvTranspose: 3-D': 'ConvTranspose in 3-D',
  'ConvTranspose: 3-D, padded': 'ConvTranspose in 3-D',
  // A lowering that has no portable form.
  'Conv: 3-D, strided': 'ConvTranspose in 3-D',
  'AveragePool: 3-D with a rest': 'ConvTranspose in 3-D',
  // int64 indices that are fed; int32 ones, which a job's token ids are, stay on the GPU.
  ...Object.fromEntries(
    ['repeated rows', 'negative indices', 'axis 1', 'last axis, symbolic batch', 'a fed scalar'].map(
      (about) => [`Gather: ${about}`, 'Unsqueeze of int64'],
    ),
  ),
  'Slice: computed starts': 'Range and Reshape of int64',
  'Pad: computed pads': 'Neg of int64',
  'Pad: reflect, computed pads': 'Range and Reshape of int64',
  'Pad: edge, computed pads': 'Range and Reshape of int64',
  'Pad: wrap, computed pads': 'Range and Reshape of int64',
  'Tile: computed repeats': 'Concat and Reshape of int64',
  'GatherND: batch_dims': 'Range and Concat of int64',
  'GatherND: batch_dims, more indices': 'Range and Concat of int64',
  'GatherND: two batch dimensions': 'Range and Concat of int64',
};
