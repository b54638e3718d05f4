import { describe, expect, it } from 'vitest';
import { createSynchronous } from '../../../coordinator/strategies/synchronous.ts';
import { context, finishing, HEADER } from './context.ts';

const strategy = createSynchronous();
const about = {
  work: { kind: 'gradient', epoch: 0, start: 0, end: 6 },
  staleness: 0,
  learningRate: 0.1,
} as const;

describe('synchronous SGD', () => {
  it('splits one global batch over the idle members', () => {
    const members = [{}, { busy: true }, {}, {}];
    const cursor = { epoch: 1, position: 40 };
    expect(strategy.plan(context({ members, cursor }))).toEqual([
      { member: 'a', work: { kind: 'gradient', epoch: 1, start: 40, end: 43 } },
      { member: 'c', work: { kind: 'gradient', epoch: 1, start: 43, end: 46 } },
      { member: 'd', work: { kind: 'gradient', epoch: 1, start: 46, end: 48 } },
    ]);
  });

  it('plans nothing while the window is open', () => {
    expect(strategy.plan(context({ received: 1 }))).toEqual([]);
    expect(strategy.plan(context({ outstanding: 1 }))).toEqual([]);
  });

  it('divides the sum of gradients by the examples that carry loss: (Σ∇)/(5 + 6), as one member would', () => {
    expect(strategy.accept(HEADER, about)).toEqual({
      weight: 1,
      buffersWeight: 6,
      divisor: 5,
    });
    const whole = { ...HEADER, sums: { loss: 1 } };
    expect(strategy.accept(whole, about)).toEqual({
      weight: 1,
      buffersWeight: 6,
      divisor: 6,
    });
    expect(strategy.finish(finishing({ divisor: 11, buffersDivisor: 12 }))).toEqual({
      kind: 'gradient',
      divisor: 11,
      learningRate: 0.1,
      buffers: 'ema',
      buffersDivisor: 12,
      vectors: [],
    });
  });

  it('does not divide by nothing when no example carries loss', () => {
    expect(strategy.finish(finishing({ divisor: 0 }))?.divisor).toBe(1);
  });

  it('closes when all pieces are there', () => {
    expect(strategy.finish(finishing({ outstanding: 1 }))).toBeUndefined();
  });
});
