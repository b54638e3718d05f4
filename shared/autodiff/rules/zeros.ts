import { none, type RuleRow, zero } from '../registry.ts';

/** Operators that stop a gradient, and say so. */
export const zeroRules: readonly RuleRow[] = [
  ...['Sign', 'Floor', 'Ceil', 'Round', 'Hardmax'].map((op) => zero(op)),
  ...['Constant', 'ConstantOfShape', 'EyeLike', 'RandomNormalLike'].map((op) =>
    none(op, 'the values do not depend on an input'),
  ),
  ...['Shape', 'Size', 'ArgMax', 'ArgMin', 'NonZero', 'IsNaN', 'IsInf'].map((op) => none(op)),
  none('Range', 'an index range, not differentiated'),
  ...['BitShift', 'BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'BitwiseXor'].map((op) => none(op)),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not'].map((op) =>
    none(op),
  ),
];
