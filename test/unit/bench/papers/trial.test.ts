import { describe, expect, it } from 'vitest';
import { lastAccuracy, missed, reached } from '../../../../bench/papers/trial.ts';

const curve = [
  { round: 1, seconds: 3, accuracy: 0.2 },
  { round: 2, seconds: 5, accuracy: 0.8 },
  { round: 3, seconds: 9, accuracy: 0.7 },
];

describe('a target', () => {
  it('is reached at the first evaluation that is as good, whatever comes after', () => {
    expect(reached(curve, 0.75)).toBe(curve[1]);
    expect(reached(curve, 0.2)).toBe(curve[0]);
  });

  it('that is never reached counts as the end, and is said', () => {
    expect(reached(curve, 0.9)).toBe(curve[2]);
    expect(missed([curve, curve], 0.9, 'FedAvg')).toContain('FedAvg: 2 of 2 runs did not get there');
    expect(missed([curve], 0.8, 'FedAvg')).toBe('');
  });

  it('of a run that was never evaluated is no figure', () => {
    expect(() => reached([], 0.5)).toThrow('never evaluated');
    expect(() => lastAccuracy([])).toThrow('never evaluated');
  });
});

describe('lastAccuracy', () => {
  it('is that of the last evaluation, in percent', () => {
    expect(lastAccuracy(curve)).toBeCloseTo(70);
  });
});
