import { describe, expect, it } from 'vitest';
import {
  joinMember,
  type MemberState,
  REMEMBERED,
  trusted,
} from '../../../coordinator/membership/members.ts';
import { allowance, observe, type Pace } from '../../../coordinator/membership/pace.ts';
import type { MemberDescription } from '../../../coordinator/rounds/types.ts';

const joined = (members: readonly MemberState[], who: MemberDescription) =>
  joinMember({ members, archive: [] }, who).members;

/** A member that takes so many milliseconds for 10 examples, again and again. */
function steady(milliseconds: number, times: number): Pace {
  let pace: Pace | null = null;
  for (let i = 0; i < times; i++) pace = observe(pace, 10, milliseconds, milliseconds / 2);
  return pace as Pace;
}

describe('a learned pace', () => {
  it('measures speed while computing, and patience by the whole way', () => {
    expect(steady(1_000, 30)).toMatchObject({ speed: 20, turnaround: 100 });
    expect(steady(1_000, 30).deviation).toBeLessThan(0.1);
  });

  it('forgets the first sample, which holds the loading of model and data', () => {
    const loaded = observe(observe(null, 10, 60_000, 60_000), 10, 1_000, 500);
    expect(loaded).toMatchObject({ turnaround: 100, speed: 20 });
  });

  it('is not ruined by one long stop', () => {
    const pace = observe(steady(1_000, 30), 10, 3_600_000, 500) as Pace;
    expect(pace.turnaround).toBeLessThan(300);
  });

  it('learns nothing from a time that cannot be', () => {
    expect(observe(null, 10, -5, 1)).toBeNull();
    expect(observe(null, 0, 5, 1)).toBeNull();
  });
});

describe('patience', () => {
  it('is unknown while nothing is known', () => expect(allowance(null, () => [], 10)).toBeNull());

  it('is three times the usual time for a steady member, and never less than two seconds', () => {
    expect(allowance(steady(10_000, 40), () => [], 10)).toBeCloseTo(30_000, -2);
    expect(allowance(steady(10, 40), () => [], 10)).toBe(2_000);
  });

  it('grows with the deviation', () => {
    let pace: Pace | null = null;
    for (let i = 0; i < 40; i++) pace = observe(pace, 10, i % 2 === 0 ? 5_000 : 15_000, 1);
    expect(allowance(pace, () => [], 10)).toBeGreaterThan(45_000);
  });

  it('with a stranger is that with the slowest five times over, and never less than 15 seconds', () => {
    const others = [steady(100, 40), steady(20_000, 40)];
    expect(allowance(null, () => others, 10)).toBeCloseTo(100_000, -2);
    expect(allowance(null, () => [steady(100, 40)], 10)).toBe(15_000);
  });
});

describe('the list of members', () => {
  const describe = (id: string) => ({ id, name: id, engine: 'cpu', threads: 1, role: 'worker' as const });

  it('keeps the order of first join when one comes back', () => {
    let members: readonly MemberState[] = [];
    for (const id of ['b', 'a', 'b']) members = joined(members, describe(id));
    expect(members.map((member) => member.description.id)).toEqual(['b', 'a']);
  });

  it('does not grow for ever when strangers come and go', () => {
    let members: readonly MemberState[] = [];
    for (let i = 0; i < 3 * REMEMBERED; i++) {
      members = joined(members, describe(`m${i}`)).map((member) => ({ ...member, present: false }));
    }
    expect(members.length).toBeLessThanOrEqual(2 * REMEMBERED + 1);
    expect(members.at(-1)?.description.id).toBe(`m${3 * REMEMBERED - 1}`);
  });

  it('trusts everyone when all are under suspicion', () => {
    const [a] = joined([], describe('a'));
    const suspected = [{ ...a!, suspectUntil: 50 }];
    expect(trusted(suspected, 10)).toHaveLength(1);
    expect(trusted([...suspected, { ...a!, description: describe('b') }], 10)).toHaveLength(1);
  });
});
