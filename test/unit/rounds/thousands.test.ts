import { describe, expect, it } from 'vitest';
import { joinMember, type MemberState, updateMember } from '../../../coordinator/membership/members.ts';
import { placeOf, rosterOf } from '../../../coordinator/membership/roster.ts';
import type { MemberDescription } from '../../../coordinator/rounds/types.ts';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { Driver, of } from './driver.ts';

const joined = (members: readonly MemberState[], who: MemberDescription) =>
  joinMember({ members, archive: [] }, who).members;

const MEMBERS = 10_000;

function description(id: string) {
  return { id, name: id, engine: 'cpu', threads: 1, role: 'participant' as const };
}

describe('thousands of members', () => {
  it('10,000 join, 130 are asked in each of three rounds, and the books balance', () => {
    const selection = { participants: 100, policy: 'uniform', over: 1.3 } as const;
    const driver = new Driver({
      strategy: createFedAvg({ selection }),
      federated: { evaluating: 0, fairness: 'loss' },
      examples: 0,
      epochs: undefined,
      rounds: 3,
      evaluateEvery: { rounds: 3 },
      minimumMembers: MEMBERS,
    });
    driver.send({ type: 'start', at: 0 });
    driver.settle();
    for (let i = 0; i < MEMBERS; i++) {
      const rows = { examples: 10, heldOut: 0 };
      driver.send({ type: 'joined', at: 0, member: { ...description(`m${i}`), rows } });
    }
    driver.finish();
    expect(driver.state.status).toBe('finished');
    expect(of(driver.all, 'assign')).toHaveLength(3 * 130);
    expect(of(driver.all, 'add')).toHaveLength(3 * 100);
    expect(of(driver.all, 'discard').map(({ reason }) => reason)).toEqual(Array(3 * 30).fill('late'));
    const asked = driver.state.members.reduce((sum, { history }) => sum + (history?.asked ?? 0), 0);
    expect(asked).toBe(3 * 130);
  });

  it('10,000 come and go without a look through all of them for each', () => {
    let members: readonly MemberState[] = [];
    for (let i = 0; i < MEMBERS; i++) members = joined(members, description(`m${i}`));
    let looks = 0;
    const counting = (member: MemberState): MemberState =>
      Object.defineProperty({ ...member }, 'present', {
        enumerable: true,
        get: () => {
          looks += 1;
          return member.present;
        },
      });
    members = members.map(counting);
    rosterOf(members);
    placeOf(members, 'm0');
    looks = 0;
    for (let i = 0; i < MEMBERS; i += 100) {
      members = updateMember(members, `m${i}`, { present: false });
      members = joined(members, description(`m${i}`));
      expect(rosterOf(members).candidates).toHaveLength(MEMBERS);
    }
    expect(looks).toBeLessThan(MEMBERS);
  });

  it('what is handed on from list to list is what a look through the list finds', () => {
    const random = createRandom(5);
    let members: readonly MemberState[] = [];
    for (let turn = 0; turn < 3_000; turn++) {
      const id = `m${Math.floor(random.next() * 40)}`;
      const change = [
        () => joined(members, description(id)),
        () => updateMember(members, id, { present: false }),
        () => updateMember(members, id, { leaving: true }),
        () => updateMember(members, id, { suspectUntil: turn }),
        () => updateMember(members, id, { suspectUntil: null }),
        () => updateMember(members, id, { history: { asked: turn } }),
      ][Math.floor(random.next() * 6)]!;
      rosterOf(members);
      members = change();
      expect(rosterOf(members)).toEqual(rosterOf([...members]));
      expect(placeOf(members, id)).toBe(members.findIndex((member) => member.description.id === id));
    }
  });
});
