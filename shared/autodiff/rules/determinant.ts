import { MissingGradientError } from '../errors.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

export const determinantRules: readonly RuleRow[] = [
  rule('Det', 'g times the cofactors: Det of every minor, right for singular matrices too', determinant),
];

/** Jacobi's formula: d det / d a_ij is the cofactor of a_ij. */
function determinant(c: RuleContext): string[] {
  const { e, node, inputs } = c;
  const x = inputs[0]!;
  const { dims, type } = e.typeOf(x);
  const rank = dims.length;
  const n = dims.at(-1);
  if (typeof n !== 'number') {
    throw new MissingGradientError(node, `the size of its matrices must be known, but is '${n}'.`);
  }
  const g = e.unsqueeze(gradientOf(c), [rank - 2, rank - 1]);
  if (n === 1) return [g];
  // Row i of this index: all rows but the i-th.
  const others = Array.from({ length: n * (n - 1) }, (_, k) => {
    const [i, j] = [Math.floor(k / (n - 1)), k % (n - 1)];
    return BigInt(j < i ? j : j + 1);
  });
  const index = e.constant({ type: 'int64', dims: [n, n - 1], data: BigInt64Array.from(others) });
  const rows = e.op('Gather', [x, index], { axis: rank - 2 });
  // [.., n, n - 1, n, n - 1] to [.., n, n, n - 1, n - 1].
  const minors = e.op('Gather', [rows, index], { axis: rank });
  const before = Array.from({ length: rank - 2 }, (_, k) => k);
  const paired = e.transpose(minors, [...before, rank - 2, rank, rank - 1, rank + 1]);
  const signs = Array.from({ length: n * n }, (_, k) => ((Math.floor(k / n) + (k % n)) % 2 === 0 ? 1 : -1));
  const sign = e.constant(
    type === 'float64'
      ? { type, dims: [n, n], data: Float64Array.from(signs) }
      : { type: 'float32', dims: [n, n], data: Float32Array.from(signs) },
  );
  return [e.mul(g, e.mul(e.op('Det', [paired]), sign))];
}
