import { z } from 'zod';
import { layer } from './layer.ts';

/**
 * Kingma and Welling 2014: the first half of the features are means, the second half logarithms of variances; out come
 * samples, mean + e^(log-variance / 2) * noise, so that the gradient reaches both. In training the noise is an input
 * of the program; everywhere else the mean comes out.
 */
export const sample = layer({
  schema: z.strictObject({}),
  description:
    'Draws from normal distributions in training: [batch, 2 * n], means and log-variances, becomes [batch, n].',
  example: '- sample',
  build({ builder, input, name, dims, misfit }) {
    const features = dims[0];
    if (features === undefined || dims.length !== 1 || features % 2 !== 0) {
      throw misfit(
        'sample needs [batch, 2 * n], n means and n log-variances: put a `- dense` of an even size before it',
      );
    }
    const sizes = builder.ints([features / 2, features / 2]);
    const [mean, logVariance] = builder.node(
      'Split',
      [input, sizes],
      { axis: 1 },
      {
        name: `${name}/split`,
        outputs: [`${name}/mean`, `${name}/log_variance`],
      },
    ) as [string, string];
    const half = builder.op('Mul', [logVariance, builder.scalar(0.5)], {}, `${name}/half`);
    const deviation = builder.op('Exp', [half], {}, `${name}/deviation`);
    const noise = builder.op('RandomNormalLike', [mean], {}, `${name}/noise`);
    const moved = builder.op('Mul', [deviation, noise], {}, `${name}/moved`);
    return builder.op('Add', [mean, moved], {}, name);
  },
});
