import { expect, test } from 'vitest';
import { productsOfStep } from '../../../bench/steps/products.ts';

// What a bias is added to is summed for its gradient by a product with ones: 2 for each place.

test('of an MLP: each layer forward, by its weight, and by its input where that is not the features', () => {
  const [first, others] = [784 * 512, 512 * 256 + 256 * 10];
  expect(productsOfStep('mlp')).toBe(2 * 64 * (2 * first + 3 * others + 512 + 256 + 10));
});

test('of an LSTM: what a Scan does in every step counts in every step', () => {
  const [embedding, hidden, words] = [64, 128, 96];
  const each = embedding * 4 * hidden + hidden * 4 * hidden + hidden * words;
  expect(productsOfStep('lstm')).toBe(2 * 32 * 64 * (3 * each + 4 * hidden + words));
});

test('of a GPT: six for each token and weight of a product, and attention beside it', () => {
  const [layers, size, tokens, heads] = [4, 128, 16 * 64, 4];
  const weights = layers * 12 * size ** 2 + size * 96;
  // Queries by keys, and weights by values: 2 products of T x T x size each, forward and by either factor.
  const attention = layers * 16 * 2 * 64 * 64 * size;
  // Of queries, keys and values, the way out and both dense layers; scales and shifts of the norms.
  const biases = layers * (3 + 1 + 4 + 1) * size + (2 * layers + 1) * 2 * size;
  expect(heads * 32).toBe(size);
  expect(productsOfStep('gpt')).toBe(2 * 3 * (tokens * weights + attention) + 2 * tokens * biases);
});
