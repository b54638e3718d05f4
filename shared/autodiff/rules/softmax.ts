import { numberOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

export const softmaxRules: readonly RuleRow[] = [
  rule('Softmax', 'y (g - sum(g y))', (c) => {
    const { e } = c;
    const y = c.outputs[0]!;
    const g = gradientOf(c);
    return [e.mul(y, e.sub(g, e.sum(e.mul(g, y), [axisOf(c)], true)))];
  }),
  rule('LogSoftmax', 'g - exp(y) sum(g)', (c) => {
    const { e } = c;
    const g = gradientOf(c);
    return [e.sub(g, e.mul(e.exp(c.outputs[0]!), e.sum(g, [axisOf(c)], true)))];
  }),
];

function axisOf({ node }: RuleContext): number {
  return numberOf(node, 'axis', -1);
}
