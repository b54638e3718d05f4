import { expect, test } from 'vitest';
import { archived, fromArchive, MOST_ARCHIVED } from '../../../coordinator/membership/archive.ts';
import {
  findMember,
  joinMember,
  type MemberState,
  type Membership,
  REMEMBERED,
  updateMember,
} from '../../../coordinator/membership/members.ts';
import { commitSnapshot, freshState } from '../../../coordinator/rounds/fresh.ts';
import { Driver } from '../rounds/driver.ts';

const description = (id: string) => ({
  ...{ id, name: id, engine: 'none', threads: 1, role: 'participant' as const },
  rows: { examples: 10, heldOut: 0 },
});
const pace = (index: number) => ({ speed: 100 + index, turnaround: 5, deviation: 1, samples: 7 });

/** Comes, does its work in a round of its own, and goes. */
function visit(membership: Membership, index: number): Membership {
  const id = `m1-${index}`;
  const { members, archive } = joinMember(membership, description(id));
  const history = { asked: index + 1, last: { round: index, loss: 1 / (index + 1) } };
  return { members: updateMember(members, id, { history, train: pace(index), present: false }), archive };
}

test('selection by utility or availability forgets no history when 10,000 members are away', () => {
  const count = 10_000;
  let all: Membership = { members: [], archive: [] };
  for (let index = 0; index < count; index++) all = visit(all, index);
  expect(all.members.length).toBeLessThanOrEqual(2 * REMEMBERED + 1);
  for (let index = 0; index < count; index += 97) {
    const id = `m1-${index}`;
    const back = findMember(joinMember(all, description(id)).members, id)!;
    expect(back.history?.asked).toBe(index + 1);
    expect(back.history?.last?.round).toBe(index);
    expect(back.history!.last!.loss * (index + 1)).toBeCloseTo(1, 5);
    expect(back.train).toMatchObject({ speed: 100 + index, turnaround: 5, deviation: 1 });
  }
  // What is kept of them is small, also on its way to the disk.
  expect(JSON.stringify(all.archive).length / count).toBeLessThan(80);
});

test('what happened last counts, however often a member was forgotten', () => {
  let all: Membership = { members: [], archive: [] };
  const others = (from: number) => {
    for (let index = from; index < from + 2 * REMEMBERED; index++) all = visit(all, index);
  };
  for (const [turn, asked] of [3, 8].entries()) {
    const { members, archive } = joinMember(all, description('often'));
    all = { members: updateMember(members, 'often', { history: { asked }, present: false }), archive };
    others((turn + 1) * 10_000);
    expect(findMember(all.members, 'often')).toBeUndefined();
  }
  const back = findMember(joinMember(all, description('often')).members, 'often');
  expect(back?.history).toEqual({ asked: 8 });
  expect(back?.train).toBeNull();
});

test('so many are kept at most, and the earliest forgotten go', () => {
  const state = (index: number): MemberState => ({
    ...{ description: description(`m1-${index}`), present: false, leaving: false, evaluate: null },
    ...{ train: pace(index), suspectUntil: null, suspicions: 0, history: { asked: 1 } },
  });
  let archive = archived([], []);
  expect(archived(archive, [{ ...state(0), history: undefined } as unknown as MemberState])).toEqual([]);
  const each = 1_000;
  for (let from = 0; from < MOST_ARCHIVED + 5 * each; from += each) {
    archive = archived(
      archive,
      Array.from({ length: each }, (_, at) => state(from + at)),
    );
  }
  expect(archive.reduce((sum, { count }) => sum + count, 0)).toBe(MOST_ARCHIVED);
  expect(fromArchive(archive, `m1-${5 * each - 1}`)).toBeUndefined();
  expect(fromArchive(archive, `m1-${5 * each}`)?.history?.asked).toBe(1);
});

test('a coordinator that goes on from a commit knows them still', () => {
  const driver = Driver.started([]);
  driver.state = { ...driver.state, ...visit({ members: [], archive: [] }, 3) };
  const gone = driver.state.members.map((member) => ({ ...member, present: false }));
  driver.state = { ...driver.state, members: [], archive: archived([], gone) };
  const { state: kept, ...position } = JSON.parse(JSON.stringify(commitSnapshot(driver.state)));
  const resumed = freshState({ ...driver.state.config, resume: { ...position, state: kept } });
  expect(fromArchive(resumed.archive, 'm1-3')?.history).toEqual({ asked: 4, last: { round: 3, loss: 0.25 } });
});
