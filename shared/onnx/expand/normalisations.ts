import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { positions } from './shape-of.ts';

/** x / sqrt(mean(x²) + epsilon) over the last axes (Zhang and Sennrich 2019, arXiv:1910.07467), and the inverse root. */
function rms(c: ExpandContext, x: string, from: number, epsilon: number): [y: string, inverse: string] {
  const { e } = c;
  const axes = e.dimsOf(x).flatMap((_, axis) => (axis >= from ? [axis] : []));
  const root = e.sqrt(e.add(e.mean(e.square(x), axes), epsilon));
  const inverse = e.div(1, root);
  return [e.mul(x, inverse), inverse];
}

function expandRms(c: ExpandContext): readonly string[] {
  const from = c.axis(c.number('axis', -1), c.rank(0));
  const [y, inverse] = rms(c, c.input(0), from, c.number('epsilon', 1e-5));
  return [c.e.mul(y, c.input(1)), inverse];
}

/** The sum of input, skip and bias: what is normalised, and an output of its own. */
function skipped(c: ExpandContext, bias: number): string {
  const sum = c.e.add(c.input(0), c.input(1));
  return c.has(bias) ? c.e.add(sum, c.input(bias)) : sum;
}

function expandSkipRms(c: ExpandContext): readonly (string | undefined)[] {
  const sum = skipped(c, 3);
  const [y, inverse] = rms(c, sum, c.rank(0) - 1, c.number('epsilon', 1e-12));
  return [c.e.mul(y, c.input(2)), undefined, inverse, sum];
}

function expandSkipLayer(c: ExpandContext): readonly (string | undefined)[] {
  const sum = skipped(c, 4);
  const weights = c.has(3) ? [c.input(2), c.input(3)] : [c.input(2)];
  const outputs = c.wants(1) || c.wants(2) ? 3 : 1;
  const epsilon = c.number('epsilon', 1e-12);
  const [y, mean, inverse] = c.e.multi('LayerNormalization', [sum, ...weights], outputs, { epsilon });
  return [y, mean, inverse, sum];
}

/** Word, position and segment embeddings added, then normalised; ids are [batch, time]. */
function expandEmbed(c: ExpandContext): readonly (string | undefined)[] {
  const { e } = c;
  // ScatterND, the gradient of Gather, takes int64 only.
  const row = (index: number) => e.cast(c.input(index), 'int64');
  const words = e.op('Gather', [c.input(2), row(0)]);
  const ids = c.has(8) ? row(8) : e.cast(positions(e, c.input(0), 1), 'int64');
  const placed = e.add(words, e.op('Gather', [c.input(3), ids]));
  const sum = c.has(1) && c.has(4) ? e.add(placed, e.op('Gather', [c.input(4), row(1)])) : placed;
  const epsilon = c.number('epsilon', 1e-12);
  const y = e.op('LayerNormalization', [sum, c.input(5), c.input(6)], { epsilon });
  return [y, c.wants(1) ? lengths(c) : undefined, sum];
}

/** How many tokens of each row the mask keeps, int32 [batch]; zeros without a mask. */
function lengths(c: ExpandContext): string {
  const { e } = c;
  const mask = c.has(7)
    ? e.cast(c.input(7), 'int32')
    : e.op('Mul', [e.cast(c.input(0), 'int32'), e.scalar(0, 'int32')]);
  return e.sum(mask, [1], false);
}

export const NORMALISATIONS: readonly ExpandRow[] = [
  expansion('RMSNormalization', '', 'x / sqrt(mean(x^2) + epsilon) times the scale', expandRms),
  expansion('SimplifiedLayerNormalization', '', 'as RMSNormalization', expandRms),
  expansion('SimplifiedLayerNormalization', 'com.microsoft', 'as RMSNormalization', expandRms),
  expansion(
    'SkipSimplifiedLayerNormalization',
    'com.microsoft',
    'Add, then as RMSNormalization',
    expandSkipRms,
  ),
  expansion('SkipLayerNormalization', 'com.microsoft', 'Add, then LayerNormalization', expandSkipLayer),
  expansion(
    'EmbedLayerNormalization',
    'com.microsoft',
    'Gather from each table, Add, LayerNormalization',
    expandEmbed,
  ),
];
