/**
 * How training is computed. mixed: products and what lies between them in float16 (Micikevicius et al., "Mixed precision
 * training", ICLR 2018, arXiv 1710.03740).
 */
export type Precision = 'float32' | 'mixed';

/**
 * What takes the time and keeps the most: always in float16, whatever its operands were. The sums inside are in float32 on
 * engines that have tensor cores or write the casts themselves.
 */
export const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'Conv', 'ConvTranspose']);

/**
 * Elementwise operators and those that only move numbers: in float16 where one operand is and the others may be, else in
 * float32, as torch.autocast takes the widest type of its operands.
 */
export const FOLLOWERS: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Neg', 'Abs', 'Min', 'Max', 'Where'],
  ...['Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Clip', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Gelu'],
  ...['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Split', 'Slice'],
  ...['Pad', 'Expand', 'DepthToSpace', 'SpaceToDepth', 'MaxPool'],
]);

/** Those of the followers that compute nothing: what goes in comes out, elsewhere. */
export const MOVERS: ReadonlySet<string> = new Set([
  ...['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Split', 'Slice'],
  ...['Expand', 'DepthToSpace', 'SpaceToDepth'],
]);

// All others are in float32: what sums over many numbers (ReduceSum, ReduceMean, averages over windows, the statistics of
// normalisations; Gather, whose gradient is a sum), what has a range or a slope that float16 lacks (Exp, Log, Pow, Sqrt, Div,
// Reciprocal, Softmax, LogSoftmax, Softplus, Erf), and so every loss. An operator that is new here is in float32 until it
// is named above.
