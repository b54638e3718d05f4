import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Node } from '../../onnx/model.ts';
import { float32, int64, type Tensor } from '../../onnx/tensor.ts';
import type { Adapter } from './record.ts';

/** Of a row of zeros, which has no direction. */
const SMALLEST = 1e-12;

/** A frozen weight and what lies beside it. */
export interface Decomposed {
  readonly weight: string;
  readonly tensor: Tensor;
  readonly kind: Adapter['kind'];
  readonly transposed: boolean;
  /** Parameters [rank, in, …kernel] and [out, rank, …ones]. */
  readonly a: string;
  readonly b: string;
  readonly scale: number;
}

/**
 * Weight-decomposed adaptation (Liu et al. 2024, "DoRA"): y = m · (W + s B A) x / ‖W + s B A‖, with a magnitude m and a norm for each
 * output. m starts at ‖W‖, so nothing changes at first.
 *
 * The norm is never taken of a whole weight: ‖W + s B A‖² = ‖W‖² + s Σ B ∘ (2 W Aᵀ + s B A Aᵀ) needs [out, rank] numbers. So the
 * gradient goes through it, which the paper (4.3) leaves out to save the memory of another weight.
 */
export class Magnitude {
  readonly name: string;
  private readonly squares: Float32Array;
  /** m / ‖W + s B A‖ [out], once it is written. */
  private factor: string | undefined;

  constructor(
    private readonly builder: GraphBuilder,
    private readonly of: Decomposed,
    module: string,
  ) {
    this.name = `${module}.lora_magnitude_vector`;
    this.squares = squaredNorms(of);
    const start = this.squares.map((square) => Math.sqrt(square));
    builder.initializer(this.name, float32([start.length], start));
  }

  /** What the base node and the adapter say together, as the value `output`; what the base node adds itself is left as it is. */
  apply(node: Node, base: string, change: string, output: string, name: (part: string) => string): void {
    const { builder } = this;
    const sum = builder.op('Add', [base, change], {}, name('sum'));
    const factor = this.along(this.factorOf(name), name('factor'));
    const bias = this.biasOf(node, name);
    if (bias === undefined) {
      builder.node('Mul', [sum, factor], {}, { name: name('scaled_sum'), outputs: [output] });
      return;
    }
    // The sum has the bias in it, which has no direction: f · (sum − bias) + bias.
    const rest = builder.op(
      'Mul',
      [builder.op('Sub', [builder.scalar(1), factor], {}, name('rest')), bias],
      {},
      name('bias'),
    );
    const scaled = builder.op('Mul', [sum, factor], {}, name('scaled_sum'));
    builder.node('Add', [scaled, rest], {}, { name: name('add'), outputs: [output] });
  }

  private factorOf(name: (part: string) => string): string {
    if (this.factor !== undefined) return this.factor;
    const { builder, of } = this;
    const matrix = (value: string, hint: string): string =>
      of.kind === 'conv'
        ? builder.op('Reshape', [value, builder.constant(int64([2], [0, -1]))], {}, name(hint))
        : value;
    const [a, b, weight] = [matrix(of.a, 'A'), matrix(of.b, 'B'), matrix(of.weight, 'weight')];
    const across = builder.op('Transpose', [a], { perm: [1, 0] }, name('A_transposed'));
    const isOutFirst = of.kind === 'conv' || of.transposed;
    // W Aᵀ [out, rank]
    const along = isOutFirst
      ? builder.op('MatMul', [weight, across], {}, name('weight_along'))
      : builder.op(
          'Transpose',
          [builder.op('MatMul', [a, weight], {}, name('weight_along'))],
          { perm: [1, 0] },
          name('along'),
        );
    const gram = builder.op('MatMul', [a, across], {}, name('gram'));
    const own = builder.op('MatMul', [b, gram], {}, name('own'));
    const mixed = builder.op(
      'Add',
      [builder.op('Mul', [along, builder.scalar(2)]), builder.op('Mul', [own, builder.scalar(of.scale)])],
      {},
      name('mixed'),
    );
    const changed = builder.op(
      'ReduceSum',
      [builder.op('Mul', [b, mixed]), builder.ints([1])],
      { keepdims: 0 },
      name('changed'),
    );
    const squares = builder.constant(float32([this.squares.length], this.squares), name('squares'));
    const square = builder.op(
      'Add',
      [squares, builder.op('Mul', [changed, builder.scalar(of.scale)])],
      {},
      name('square'),
    );
    this.factor = builder.op('Div', [this.name, builder.op('Sqrt', [square])], {}, name('direction'));
    return this.factor;
  }

  /** A number for each output, so that it meets the axis of the outputs: the last one, or that of a convolution's channels. */
  private along(value: string, hint: string): string {
    if (this.of.kind !== 'conv') return value;
    const shape = [-1, ...this.of.tensor.dims.slice(2).map(() => 1)];
    return this.builder.op('Reshape', [value, this.builder.constant(int64([shape.length], shape))], {}, hint);
  }

  private biasOf(node: Node, name: (part: string) => string): string | undefined {
    const bias = node.op === 'Gemm' || node.op === 'Conv' ? node.inputs[2] : undefined;
    if (bias === undefined || bias === '') return undefined;
    const beta = node.attributes['beta'];
    if (node.op === 'Gemm' && beta?.kind === 'float' && beta.value !== 1)
      return this.builder.op('Mul', [bias, this.builder.scalar(beta.value)], {}, name('beta'));
    return this.along(bias, name('bias_along'));
  }
}

/** Σ w² of each output of a weight [out] in float64. */
function squaredNorms({
  tensor,
  kind,
  transposed,
}: Pick<Decomposed, 'tensor' | 'kind' | 'transposed'>): Float32Array {
  const data = tensor.data as Float32Array;
  const isOutFirst = kind === 'conv' || transposed;
  const out = tensor.dims[isOutFirst ? 0 : 1] as number;
  const each = data.length / out;
  return Float32Array.from({ length: out }, (_, o) => {
    let sum = 0;
    for (let i = 0; i < each; i++) sum += data[isOutFirst ? o * each + i : i * out + o]! ** 2;
    return Math.max(sum, SMALLEST);
  });
}

/** The weight of that direction and magnitude. @param changed W + s B A */
export function withMagnitude(
  changed: Tensor,
  magnitude: Tensor,
  { kind, transposed }: Pick<Decomposed, 'kind' | 'transposed'>,
): Tensor {
  const isOutFirst = kind === 'conv' || transposed;
  const squares = squaredNorms({ tensor: changed, kind, transposed });
  const each = (changed.data as Float32Array).length / squares.length;
  const values = (changed.data as Float32Array).map((value, at) => {
    const o = isOutFirst ? Math.floor(at / each) : at % squares.length;
    return (value * (magnitude.data[o] as number)) / Math.sqrt(squares[o]!);
  });
  return float32(changed.dims, values);
}
