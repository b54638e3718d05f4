import { expect, test } from 'vitest';
import type { MemberView } from '../../../coordinator/events.ts';
import { MemberViews } from '../../../coordinator/member-views.ts';
import { REMEMBERED } from '../../../coordinator/membership/members.ts';
import type { MemberDescription } from '../../../coordinator/rounds/types.ts';

const member = (id: string, name = 'host'): MemberDescription => ({
  ...{
    id,
    name,
    role: 'participant',
    engine: 'onnxruntime cpu',
    threads: 1,
    rows: { examples: 10, heldOut: 0 },
  },
});

function viewed(known: readonly MemberDescription[] = []) {
  const told: MemberView[] = [];
  return { views: new MemberViews((view) => told.push(view), known), told };
}

test('two participants of one host have the same name in tables no more', () => {
  const { views, told } = viewed();
  const names = ['m1-1', 'm1-2', 'm1-3'].map((id) => views.joined(member(id)).name);
  expect(names).toEqual(['host', 'host-2', 'host-3']);
  expect(told.map(({ name }) => name)).toEqual(names);
  expect(views.joined(member('m1-4', 'other')).name).toBe('other');
  expect(views.nameOf('m1-2')).toBe('host-2');
});

test('a name is kept when its member comes back, whoever else is there', () => {
  const { views } = viewed();
  for (const id of ['m1-1', 'm1-2']) views.joined(member(id));
  for (const id of ['m1-1', 'm1-2']) views.left(id);
  expect(views.joined(member('m1-3')).name).toBe('host-3');
  expect(views.joined(member('m1-2')).name).toBe('host-2');
  expect(views.joined(member('m1-1')).name).toBe('host');
  // One that calls itself what another was called.
  expect(views.joined(member('m1-4', 'host-2')).name).toBe('host-2-2');
  // Under another name it is called by that.
  expect(views.joined(member('m1-2', 'attic')).name).toBe('attic');
});

test('a coordinator that was started again calls members as before, in whatever order they come back', () => {
  const before = viewed().views;
  const known = ['m1-1', 'm1-2'].map((id) => before.joined(member(id)));
  const { views } = viewed(known);
  expect(views.all).toEqual([]);
  expect(views.joined(member('m2-1')).name).toBe('host-3');
  expect(views.joined(member('m1-2')).name).toBe('host-2');
  expect(views.joined(member('m1-1')).name).toBe('host');
});

test('names of members that are forgotten are free again', () => {
  const { views } = viewed();
  const ids = Array.from({ length: REMEMBERED + 1 }, (_, index) => `m1-${index}`);
  for (const id of ids) views.joined(member(id));
  for (const id of ids) views.left(id);
  expect(views.joined(member('late')).name).toBe('host');
});

test('of names that are free again the lowest number is given first', () => {
  const { views } = viewed();
  const ids = Array.from({ length: REMEMBERED + 4 }, (_, index) => `m1-${index}`);
  for (const id of ids) views.joined(member(id));
  // host-2 and host-4 are the first that nobody remembers.
  for (const id of ['m1-1', 'm1-3', ...ids.slice(4)]) views.left(id);
  expect(['a', 'b', 'c'].map((id) => views.joined(member(id)).name)).toEqual([
    'host-2',
    'host-4',
    `host-${ids.length + 1}`,
  ]);
});
