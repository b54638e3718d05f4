import type { Attributes } from '../../onnx/builder.ts';
import { numberOf } from '../attributes.ts';
import { scatterBack } from '../lowerings/flat-scatter.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** Elements picked, turned around or spread out by integers. */
export const selectionRules: readonly RuleRow[] = [
  rule('Compress', 'ScatterElements of g to the places that were kept', (c) => {
    const { e, node, inputs } = c;
    const attributes: Attributes = node.attributes['axis'] ? { axis: numberOf(node, 'axis', 0) } : {};
    return [
      scatterBack(e, gradientOf(c), inputs[0]!, (positions) =>
        e.op('Compress', [positions, inputs[1]!], attributes),
      ),
    ];
  }),
  rule('ReverseSequence', 'ReverseSequence of g', (c) => [
    c.e.op('ReverseSequence', [gradientOf(c), c.inputs[1]!], {
      batch_axis: numberOf(c.node, 'batch_axis', 1),
      time_axis: numberOf(c.node, 'time_axis', 0),
    }),
  ]),
  rule('OneHot', 'values: the sums of g off and on the hot places', oneHot),
];

/** values [2]: off, on. */
function oneHot(c: RuleContext): (string | undefined)[] {
  const { e, node, inputs } = c;
  const g = gradientOf(c);
  const [indices, depth, values] = inputs as readonly [string, string, string];
  const { type } = e.typeOf(values);
  const offOn =
    type === 'float64'
      ? e.constant({ type, dims: [2], data: Float64Array.from([0, 1]) })
      : e.constant({ type: 'float32', dims: [2], data: Float32Array.from([0, 1]) });
  const hot = e.op('OneHot', [indices, depth, offOn], { axis: numberOf(node, 'axis', -1) });
  const total = (value: string) =>
    e.op('Reshape', [
      e.sum(
        value,
        e.dimsOf(g).map((_, axis) => axis),
        false,
      ),
      e.ints([1]),
    ]);
  const on = total(e.mul(g, hot));
  return [undefined, undefined, e.concat([e.sub(total(g), on), on], 0)];
}
