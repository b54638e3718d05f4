import { expect, test } from 'vitest';
import { explained } from '../../../coordinator/ending.ts';
import type { RunStore } from '../../../coordinator/store/store.ts';

const store = { versions: () => [], withdraw: () => undefined } as unknown as RunStore;
const suspicions = () => ['the target price is 207,000. Add to data.target: normalize: standardize'];

test('divergence did not repeat what the start had warned of', () => {
  const diverged = { type: 'finished', reason: 'diverged', message: 'Training diverged.' } as const;
  expect(explained(diverged, { store, suspicions })).toBe(
    'Training diverged. Most likely: the target price is 207,000. Add to data.target: normalize: standardize. No version with a finite loss was committed.',
  );
  expect(explained(diverged, { store })).toBe(
    'Training diverged. No version with a finite loss was committed.',
  );
  expect(explained({ ...diverged, reason: 'stopped' }, { store, suspicions })).toBe('Training diverged.');
});
