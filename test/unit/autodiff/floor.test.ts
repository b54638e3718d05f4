import { expect, test } from 'vitest';
import { RULES } from '../../../shared/autodiff/table.ts';
import { expansionOf } from '../../../shared/onnx/expand/registry.ts';

/** What others differentiate between them: every name must be a row, and of the kind that is said. */
const FLOOR: Readonly<Record<'gradient' | 'zero' | 'none', readonly string[]>> = {
  gradient: `
    Abs Acos Acosh Add Asin Asinh Atan Atanh Cast Clip Cos Cosh Div Erf Exp Identity Log Max Mean Min Mod Mul Neg Pow
    Reciprocal Sin Sinh Sqrt Sub Sum Tan Where
    Celu Elu Gelu HardSigmoid HardSwish LeakyRelu Mish PRelu Relu Selu Sigmoid Softplus Softsign Tanh ThresholdedRelu
    Swish Softmax LogSoftmax
    Gemm MatMul Einsum MatMulInteger QLinearMatMul Det
    Conv ConvTranspose AveragePool MaxPool GlobalAveragePool GlobalMaxPool GlobalLpPool LpPool LRN DepthToSpace
    SpaceToDepth Resize GridSample RoiAlign Col2Im MaxUnpool
    BatchNormalization InstanceNormalization GroupNormalization LayerNormalization RMSNormalization LpNormalization
    MeanVarianceNormalization Dropout
    Concat Expand Flatten Gather GatherElements GatherND Pad Reshape ReverseSequence ScatterElements ScatterND Slice
    Compress Split Squeeze Tile TopK Transpose Trilu Unsqueeze OneHot CenterCropPad
    ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
    ReduceSumSquare CumSum
    SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss
    LSTM GRU RNN If Loop Scan
    Attention RotaryEmbedding
    DequantizeLinear QuantizeLinear DynamicQuantizeLinear
    com.microsoft.FusedMatMul com.microsoft.Gelu com.microsoft.FastGelu com.microsoft.BiasGelu
    com.microsoft.SkipLayerNormalization com.microsoft.EmbedLayerNormalization com.microsoft.Attention
    com.microsoft.MultiHeadAttention com.microsoft.RotaryEmbedding com.microsoft.SimplifiedLayerNormalization
    com.microsoft.MatMulNBits`
    .trim()
    .split(/\s+/),
  zero: ['Ceil', 'Floor', 'Round', 'Sign', 'Hardmax'],
  none: `
    Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not IsNaN IsInf
    Shape Size Range ConstantOfShape NonZero ArgMax ArgMin`
    .trim()
    .split(/\s+/),
};

function kindOf(name: string): string {
  const [domain, op] = name.startsWith('com.microsoft.')
    ? (['com.microsoft', name.slice('com.microsoft.'.length)] as const)
    : (['', name] as const);
  const row = domain === '' ? RULES.get(op) : undefined;
  if (row !== undefined) return row.kind === 'rule' ? 'gradient' : row.kind;
  return expansionOf(op, domain) === undefined ? 'missing' : 'gradient';
}

test.each(['gradient', 'zero', 'none'] as const)(
  'every operator of the floor is in the table: %s',
  (kind) => {
    const others = FLOOR[kind].map((name) => [name, kindOf(name)]).filter(([, found]) => found !== kind);
    expect(others).toEqual([]);
  },
);
