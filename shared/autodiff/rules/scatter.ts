import type { Attributes } from '../../onnx/builder.ts';
import { numberOf, stringOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** Writing by index. With `reduction` mul, max or min the indices must be distinct, as in PyTorch's scatter_reduce. */
export const scatterRules: readonly RuleRow[] = [
  rule('ScatterND', 'updates: g gathered; data: g with zeros written, or as it is for add', (c) =>
    scatter(c, 'ScatterND', 'GatherND', {}),
  ),
  rule('ScatterElements', 'updates: g gathered; data: g with zeros written, or as it is for add', (c) =>
    scatter(c, 'ScatterElements', 'GatherElements', { axis: numberOf(c.node, 'axis', 0) }),
  ),
];

function scatter(
  c: RuleContext,
  write: string,
  read: string,
  attributes: Attributes,
): (string | undefined)[] {
  const { e, node, inputs, outputs, wanted } = c;
  const g = gradientOf(c);
  const [data, indices, updates] = inputs as readonly [string, string, string];
  const gathered = (value: string) => e.op(read, [value, indices], attributes);
  const written = (into: string, values: string, reduction: string) =>
    e.op(write, [into, indices, values], { ...attributes, reduction });
  const reduction = stringOf(node, 'reduction', 'none');
  switch (reduction) {
    case 'add':
      return [g, undefined, wanted[2] ? gathered(g) : undefined];
    case 'mul':
      return [
        wanted[0] ? written(g, updates, 'mul') : undefined,
        undefined,
        wanted[2] ? e.mul(gathered(g), gathered(data)) : undefined,
      ];
    case 'max':
    case 'min': {
      const y = outputs[0]!;
      return [
        wanted[0] ? e.where(e.equal(data, y), g, 0) : undefined,
        undefined,
        wanted[2]
          ? e.where(
              e.equal(updates, gathered(data)),
              0,
              e.where(e.equal(updates, gathered(y)), gathered(g), 0),
            )
          : undefined,
      ];
    }
    default:
      return [
        wanted[0] ? written(g, e.fillLike(updates, 0), 'none') : undefined,
        undefined,
        wanted[2] ? gathered(g) : undefined,
      ];
  }
}
