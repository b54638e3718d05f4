import { describe, expect, it } from 'vitest';
import type { Work } from '../../../../shared/protocol/assignment.ts';
import { Hours } from '../../../../worker/participant/hours.ts';
import { Limits } from '../../../../worker/participant/limits.ts';

const own: Work = { kind: 'own', epochs: 1, batch: 0 };
const evaluation: Work = { kind: 'evaluate-own' };
const noon = new Date(2026, 2, 10, 12);

describe("a participant's limits", () => {
  it('count rounds of training, also those of earlier processes', () => {
    const limits = new Limits({ maxRounds: 3 }, { rounds: 1, bytes: 0 });
    limits.sends(own, 10);
    limits.sends(evaluation, 0);
    expect(limits.spentUp()).toBeUndefined();
    limits.sends(own, 10);
    expect(limits.spentUp()).toEqual({
      reason: 'this participant has trained in the 3 rounds that it allows itself',
      comesBack: false,
    });
    expect(limits.beforeWork(own, noon)).toBeDefined();
    expect(limits.beforeWork(evaluation, noon)).toBeUndefined();
  });

  it('are reached before an update would be too much, and before it is computed when the last tells', () => {
    const limits = new Limits({ maxUpload: 1000 }, { rounds: 0, bytes: 300 });
    expect(limits.beforeWork(own, noon)).toBeUndefined();
    expect(limits.beforeSending(700)).toBeUndefined();
    expect(limits.beforeSending(701)?.reason).toMatch(/more than the 1 kB that/);
    limits.sends(own, 400);
    expect(limits.beforeWork(own, noon)).toMatchObject({ comesBack: false });
    expect(limits.beforeWork(evaluation, noon)).toBeUndefined();
  });

  it('take no work that would last beyond the hours, as far as the longest so far tells', () => {
    const limits = new Limits({ hours: Hours.parse('8-13') }, { rounds: 0, bytes: 0 });
    expect(limits.beforeWork(own, noon)).toBeUndefined();
    limits.took(61 * 60_000);
    expect(limits.beforeWork(own, noon)).toEqual({
      reason: 'this participant’s hours (8-13) are over',
      comesBack: true,
    });
    expect(limits.beforeWork(own, new Date(2026, 2, 10, 9))).toBeUndefined();
    expect(limits.beforeWork(own, new Date(2026, 2, 10, 14))).toMatchObject({ comesBack: true });
  });

  it('are none where none are set', () => {
    const limits = new Limits({}, { rounds: 1e6, bytes: 1e12 });
    expect(limits.beforeWork(own, noon) ?? limits.beforeSending(1e12) ?? limits.spentUp()).toBeUndefined();
  });
});
