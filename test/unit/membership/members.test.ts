import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  candidates,
  findMember,
  joinMember,
  type MemberState,
  REMEMBERED,
  trusted,
  updateMember,
} from '../../../coordinator/membership/members.ts';
import type { MemberDescription } from '../../../coordinator/rounds/types.ts';

const joined = (members: readonly MemberState[], who: MemberDescription) =>
  joinMember({ members, archive: [] }, who).members;

const member = (id: string) => ({ id, name: id, engine: 'none', threads: 1, role: 'worker' as const });

test('lists that were made one of another are what a list made anew would be', () => {
  const change = fc.record({
    list: fc.nat(9),
    id: fc.nat(5).map((number) => `m${number}`),
    what: fc.constantFrom('join', 'leave', 'return', 'suspect', 'find'),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      // Any earlier list may be gone on with, as when a recording is replayed.
      const lists: (readonly MemberState[])[] = [[]];
      for (const { list, id, what } of changes) {
        const from = lists[list % lists.length]!;
        const plain = structuredClone(from);
        expect(findMember(from, id)).toEqual(plain.find(({ description }) => description.id === id));
        if (what === 'join') lists.push(joined(from, member(id)));
        if (what === 'leave') lists.push(updateMember(from, id, { present: false }));
        if (what === 'return') lists.push(updateMember(from, id, { present: true }));
        if (what === 'suspect') lists.push(updateMember(from, id, { suspectUntil: 5 }));
        const made = lists.at(-1)!;
        expect(candidates(made)).toEqual(candidates(structuredClone(made)));
        expect(trusted(made, 3)).toEqual(trusted(structuredClone(made), 3));
        expect(new Set(made.map(({ description }) => description.id)).size).toBe(made.length);
      }
    }),
  );
});

test('a member is found in each of two lists that went on differently from the same one', () => {
  const none: readonly MemberState[] = [];
  expect(findMember(none, 'm0')).toBeUndefined();
  const alone = joined(none, member('m0'));
  const second = joined(joined(none, member('m1')), member('m0'));
  expect(findMember(alone, 'm0')).toBe(alone[0]);
  expect(findMember(second, 'm0')).toBe(second[1]);
  expect(findMember(alone, 'm1')).toBeUndefined();
});

test('of those who left so many are remembered at least, the earliest joined are forgotten first', () => {
  let members: readonly MemberState[] = [];
  for (let index = 0; index < 2 * REMEMBERED; index++) {
    members = joined(members, member(`m${index}`));
    members = updateMember(members, `m${index}`, { present: false });
  }
  members = joined(members, member('last'));
  expect(members.length).toBe(REMEMBERED + 1);
  expect(findMember(members, 'm0')).toBeUndefined();
  expect(findMember(members, `m${REMEMBERED - 1}`)).toBeUndefined();
  expect(findMember(members, `m${REMEMBERED}`)).toBeDefined();
});
