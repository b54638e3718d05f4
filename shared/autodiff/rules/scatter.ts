import type { Attributes } from '../../onnx/builder.ts';
import { numberOf, stringOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

const NOTE =
  'updates: g gathered; data: g with zeros written, or as it is for add; repeated indices: mul by the others, ' +
  'max and min shared evenly';

/** Writing by index. As in PyTorch's scatter_reduce, indices may repeat with every reduction. */
export const scatterRules: readonly RuleRow[] = [
  rule('ScatterND', NOTE, (c) => scatter(c, 'ScatterND', 'GatherND', {})),
  rule('ScatterElements', NOTE, (c) =>
    scatter(c, 'ScatterElements', 'GatherElements', { axis: numberOf(c.node, 'axis', 0) }),
  ),
];

/** How to read and write at the node's indices. */
interface Access {
  readonly gathered: (value: string) => string;
  readonly written: (into: string, values: string, reduction: string) => string;
}

function scatter(
  c: RuleContext,
  write: string,
  read: string,
  attributes: Attributes,
): (string | undefined)[] {
  const { e, node, inputs, wanted } = c;
  const g = gradientOf(c);
  const indices = inputs[1]!;
  const access: Access = {
    gathered: (value) => e.op(read, [value, indices], attributes),
    written: (into, values, reduction) => e.op(write, [into, indices, values], { ...attributes, reduction }),
  };
  switch (stringOf(node, 'reduction', 'none')) {
    case 'add':
      return [g, undefined, wanted[2] ? access.gathered(g) : undefined];
    case 'mul':
      return products(c, g, access);
    case 'max':
    case 'min':
      return extremes(c, g, access);
    default:
      return [
        wanted[0] ? access.written(g, e.fillLike(inputs[2]!, 0), 'none') : undefined,
        undefined,
        wanted[2] ? access.gathered(g) : undefined,
      ];
  }
}

/** An update that is 0 has the product of the others, if those have no 0 as well. */
function products(
  { e, inputs, wanted }: RuleContext,
  g: string,
  { gathered, written }: Access,
): (string | undefined)[] {
  const [data, , updates] = inputs as readonly [string, string, string];
  const forUpdates = () => {
    const isZero = e.equal(updates, 0);
    const others = e.where(isZero, 1, updates);
    const product = gathered(e.mul(g, written(data, others, 'mul')));
    const zeros = gathered(written(e.fillLike(data, 0), e.cast(isZero, e.typeOf(data).type), 'add'));
    const elsewhere = e.where(e.less(zeros, 0.5), e.div(product, others), 0);
    return e.where(isZero, e.where(e.less(zeros, 1.5), product, 0), elsewhere);
  };
  return [
    wanted[0] ? written(g, updates, 'mul') : undefined,
    undefined,
    wanted[2] ? forUpdates() : undefined,
  ];
}

/** Shared evenly by the data and the updates that attain the result. */
function extremes(
  { e, inputs, outputs, wanted }: RuleContext,
  g: string,
  { gathered, written }: Access,
): (string | undefined)[] {
  const [data, , updates] = inputs as readonly [string, string, string];
  const y = outputs[0]!;
  const { type } = e.typeOf(data);
  const kept = e.cast(e.equal(data, y), type);
  const taken = e.cast(e.equal(updates, gathered(y)), type);
  const share = e.div(g, written(kept, taken, 'add'));
  return [
    wanted[0] ? e.mul(kept, share) : undefined,
    undefined,
    wanted[2] ? e.mul(taken, gathered(share)) : undefined,
  ];
}
