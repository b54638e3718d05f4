export interface Sampling {
  /** Above 1 more surprising, below less; 0: always the likeliest token. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens are drawn from; undefined: all. */
  readonly topK?: number | undefined;
}

/**
 * Draws the next token (Fan, Lewis and Dauphin 2018 for top-k).
 *
 * @param logits one per token
 * @param random a number in [0, 1)
 * @throws RangeError when no logit is a number
 */
export function sampleToken(logits: Float32Array, { temperature, topK }: Sampling, random: number): number {
  const order = Array.from(logits.keys())
    .filter((id) => !Number.isNaN(logits[id]!))
    .sort((a, b) => logits[b]! - logits[a]! || a - b);
  const [best] = order;
  if (best === undefined) throw new RangeError('No logit is a number: the model diverged.');
  if (temperature === 0) return best;
  const kept = order.slice(0, topK ?? order.length);
  const weights = kept.map((id) => Math.exp((logits[id]! - logits[best]!) / temperature));
  let left = random * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return kept[index]!;
  }
  return kept.at(-1)!;
}
