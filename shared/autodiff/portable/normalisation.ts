import { type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import { around } from '../rules/local-response.ts';

/** Normalisations that WebGPU's provider lacks. */
export const PORTABLE_NORMALISATION: readonly ExpandRow[] = [
  expansion('GroupNormalization', '', 'its function body: a Reshape to groups, means', (c) => {
    const { e } = c;
    const [x, scale, bias] = c.inputs as readonly [string, string, string];
    const grouped = e.op('Reshape', [x, e.ints([0, c.number('num_groups', 1), -1])]);
    const centred = e.sub(grouped, e.mean(grouped, [2]));
    const variance = e.mean(e.square(centred), [2]);
    const deviation = e.sqrt(e.add(variance, c.number('epsilon', 1e-5)));
    const normal = e.mul(e.div(centred, deviation), e.unsqueeze(scale, [1]));
    return [e.reshapeLike(e.add(normal, e.unsqueeze(bias, [1])), x)];
  }),
  expansion('MeanVarianceNormalization', '', 'its function body: means', (c) => {
    const { e } = c;
    const x = c.input(0);
    const axes = (c.list('axes') ?? [0, 2, 3]).map((axis) => c.axis(axis, c.rank(0)));
    const centred = e.sub(x, e.mean(x, axes));
    const variance = e.mean(e.square(centred), axes);
    // No square root of 0 on the way: its derivative would be infinite.
    const positive = e.greater(variance, 0);
    const deviation = e.where(positive, e.sqrt(e.where(positive, variance, 1)), 0);
    return [e.div(centred, e.add(deviation, 1e-9))];
  }),
  expansion('LRN', '', 'sums over channels as Slices of padded channels, and Pow', (c) => {
    const { e } = c;
    const x = c.input(0);
    const size = c.number('size', 1);
    const before = Math.floor((size - 1) / 2);
    const squares = around(c, e.square(x), before, size - 1 - before);
    const s = e.add(e.mul(squares, c.number('alpha', 1e-4) / size), c.number('bias', 1));
    return [e.mul(x, e.pow(s, -c.number('beta', 0.75)))];
  }),
];
