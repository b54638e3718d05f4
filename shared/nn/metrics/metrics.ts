import { DENOMINATOR, LOSS } from '../specs.ts';
import { FRECHET, frechetOfSums } from './frechet.ts';

/** Sums over examples, as programs put them out and members send them; they add over batches and members. */
export type Sums = Readonly<Record<string, number>>;

/** Names of the sums beside `loss` and `denominator`. */
export const SUM = {
  /** Rows that count. */
  examples: 'examples',
  /** Rows whose class was predicted. */
  correct: 'correct',
  /** Σ (prediction − target)² and Σ |prediction − target|. */
  squaredError: 'squared_error',
  absoluteError: 'absolute_error',
  /** Σ target and Σ target². */
  target: 'target_sum',
  targetSquares: 'target_squares',
  /** Positions of sequences that count. */
  tokens: 'token_count',
  /** Of labels that are read: symbols to insert, delete or replace, and symbols that they have. */
  editDistance: 'edit_distance',
  symbols: 'symbol_count',
  /** Of a GAN, beside the generator's loss. */
  discriminatorLoss: 'discriminator_loss',
} as const;

/** Each metric: the sums it needs, and what it makes of them. */
const METRICS: Readonly<
  Record<
    string,
    { readonly needs: readonly string[]; readonly of: (sum: (name: string) => number) => number }
  >
> = {
  loss: { needs: [LOSS, DENOMINATOR], of: (sum) => sum(LOSS) / sum(DENOMINATOR) },
  // The loss of a sequence as a number of equally likely tokens.
  perplexity: {
    needs: [LOSS, DENOMINATOR, SUM.tokens],
    of: (sum) => Math.exp(sum(LOSS) / sum(DENOMINATOR)),
  },
  // Symbols wrong for each of the label's; above 1 where more are read than there are. Before accuracy: screens show the first.
  'label-error-rate': {
    needs: [SUM.editDistance, SUM.symbols],
    of: (sum) => sum(SUM.editDistance) / sum(SUM.symbols),
  },
  accuracy: { needs: [SUM.correct, SUM.examples], of: (sum) => sum(SUM.correct) / sum(SUM.examples) },
  rmse: {
    needs: [SUM.squaredError, SUM.examples],
    of: (sum) => Math.sqrt(sum(SUM.squaredError) / sum(SUM.examples)),
  },
  mae: {
    needs: [SUM.absoluteError, SUM.examples],
    of: (sum) => sum(SUM.absoluteError) / sum(SUM.examples),
  },
  // 1 − residual / total sum of squares; undefined for a constant target.
  r2: {
    needs: [SUM.squaredError, SUM.target, SUM.targetSquares, SUM.examples],
    of: (sum) => {
      const spread = sum(SUM.targetSquares) - sum(SUM.target) ** 2 / sum(SUM.examples);
      return spread > 0 ? 1 - sum(SUM.squaredError) / spread : Number.NaN;
    },
  },
  // Of a GAN: between held-out and generated examples.
  'frechet-distance': {
    needs: [FRECHET.judged, SUM.examples],
    of: (sum) => frechetOfSums(sum, sum(SUM.examples)),
  },
  'discriminator-loss': {
    needs: [SUM.discriminatorLoss, DENOMINATOR],
    of: (sum) => sum(SUM.discriminatorLoss) / sum(DENOMINATOR),
  },
};

/**
 * The metrics that sums allow, those of several outputs as `<output>.<metric>`: `loss`, and `accuracy`, `rmse`, `mae`, `r2` where their sums are there. Without
 * `examples` the denominator counts. A metric that is undefined (no examples) is left out; a loss that is NaN or infinite is
 * reported as it is.
 */
export function metricsOf(sums: Sums): Record<string, number> {
  const metrics = metricsOfOne(sums);
  for (const [output, own] of sumsByOutput(sums)) {
    const given = { [DENOMINATOR]: sums[DENOMINATOR] ?? 0, ...own };
    for (const [name, value] of Object.entries(metricsOfOne(given))) metrics[`${output}.${name}`] = value;
  }
  return metrics;
}

/** The sums of each of several outputs, which are there as `<output>.<sum>`, under the names that one output's have. */
export function sumsByOutput(sums: Sums): ReadonlyMap<string, Sums> {
  const outputs = Object.keys(sums).filter((name) => name.endsWith(`.${LOSS}`));
  return new Map(
    outputs.map((name) => {
      const prefix = name.slice(0, -LOSS.length);
      const own = Object.entries(sums).filter(([sum]) => sum.startsWith(prefix));
      return [
        prefix.slice(0, -1),
        Object.fromEntries(own.map(([sum, value]) => [sum.slice(prefix.length), value])),
      ];
    }),
  );
}

function metricsOfOne(sums: Sums): Record<string, number> {
  const all: Sums = { [SUM.examples]: sums[DENOMINATOR] ?? 0, ...sums };
  if (!(all[SUM.examples]! > 0) || sums[DENOMINATOR] === 0) return {};
  const metrics: Record<string, number> = {};
  for (const [name, { needs, of }] of Object.entries(METRICS)) {
    if (!needs.every((sum) => all[sum] !== undefined)) continue;
    const value = of((sum) => all[sum] ?? 0);
    if (name === LOSS || !Number.isNaN(value)) metrics[name] = value;
  }
  return metrics;
}

/** Whether a higher value of the metric is the better one; errors and losses are better when low. */
export function higherIsBetter(metric: string): boolean {
  // Of several outputs without the name of the output, which may be any.
  return /accuracy|recall|precision|f1|auc|iou|^r2$/.test(metric.slice(metric.lastIndexOf('.') + 1));
}

/** The loss, or that of one of several outputs. */
export function isLoss(metric: string): boolean {
  return metric === LOSS || metric.endsWith(`.${LOSS}`);
}

/** Adds sums, name by name. */
export function addSums(left: Sums, right: Sums): Record<string, number> {
  const total: Record<string, number> = { ...left };
  for (const [name, value] of Object.entries(right)) total[name] = (total[name] ?? 0) + value;
  return total;
}
