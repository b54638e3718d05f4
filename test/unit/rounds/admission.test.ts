import { describe, expect, it } from 'vitest';
import { admit } from '../../../coordinator/rounds/admission.ts';
import { Driver } from './driver.ts';

describe('admission of an offered update', () => {
  const driver = Driver.started(['a', 'b', 'c'], { minimumMembers: 3 });
  const ask = (member: string, staged: number) =>
    admit(driver.state, driver.latest(member).id, member, staged, 2);

  it('takes as many as may be staged at once', () => {
    expect(ask('c', 1)).toEqual({ kind: 'take' });
    expect(ask('c', 2)).toEqual({ kind: 'wait' });
  });

  it('always takes the one that the staged ones wait for', () => {
    expect(ask('a', 2)).toEqual({ kind: 'take' });
  });

  it('refuses what would not count, before its bytes travel', () => {
    driver.update(driver.latest('a'));
    expect(ask('a', 0)).toMatchObject({ kind: 'refuse', reason: 'duplicate' });
    expect(admit(driver.state, '0-0-0', 'a', 0, 2)).toMatchObject({ kind: 'refuse', reason: 'rolled-back' });
  });
});
