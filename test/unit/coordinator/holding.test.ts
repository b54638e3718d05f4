import { expect, it } from 'vitest';
import { Holding } from '../../../coordinator/holding.ts';

it('counts what was answered, not what was handed out', () => {
  const holding = new Holding('deltas', 'r1');
  expect(holding.id).toBe('r1');
  holding.gave('a', 'r2');
  holding.gave('b', 'r3');
  expect(holding.id).toBe('r1');
  holding.answered('a');
  expect(holding.id).toBe('r2');
});

it('what was cancelled before it was looked at does not count later either', () => {
  const holding = new Holding('deltas');
  holding.gave('cancelled', 'r2');
  holding.gave('done', 'r3');
  holding.answered('done');
  holding.answered('cancelled');
  holding.answered('of another connection');
  expect(holding.id).toBe('r3');
});
