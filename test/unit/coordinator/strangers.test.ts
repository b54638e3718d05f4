import { expect, test } from 'vitest';
import { Strangers } from '../../../coordinator/strangers.ts';

test('a worker that left by itself before it had joined was said to be turned away', () => {
  const strangers = new Strangers();
  expect(strangers.ended('10.0.0.7', { code: 'ok', message: 'it ended the stream' })).toBe(
    '10.0.0.7 left before it had joined: it ended the stream',
  );
  expect(strangers.ended('10.0.0.7', { code: 'lost', message: 'reset' })).toContain('left before');
  expect(strangers.ended('10.0.0.8', { code: 'refused', message: 'the token is not this run’s' })).toBe(
    '10.0.0.8 was turned away: the token is not this run’s',
  );
});

test('a stranger that knocks without end fills no log', () => {
  const strangers = new Strangers();
  const lines = Array.from({ length: 200 }, () => strangers.ended('x', { code: 'protocol', message: 'no' }));
  expect(lines.filter((line) => line !== undefined)).toHaveLength(22);
  expect(lines.at(-1)).toBe('x was turned away (200 so far came to nothing): no');
});
