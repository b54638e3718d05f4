import { describe, expect, it } from 'vitest';
import { type Deed, RoundLoop } from '../../../coordinator/round-loop.ts';
import { initialState, type RoundState } from '../../../coordinator/rounds/core.ts';
import type { MemberDescription } from '../../../coordinator/rounds/types.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { CONFIG } from '../rounds/driver.ts';

const MEMBER: MemberDescription = { id: 'a', name: 'a', engine: 'cpu', threads: 1, role: 'worker' };

/** A loop whose effects are only written down, beside what is done of them. */
function loopOf(perform: (effect: Deed, state: RoundState, loop: RoundLoop) => void = () => {}) {
  const clock = new VirtualClock(5_000);
  const performed: Deed[] = [];
  const faults: Error[] = [];
  const loop: RoundLoop = new RoundLoop(
    initialState(CONFIG),
    clock,
    (effect, state) => {
      performed.push(effect);
      perform(effect, state, loop);
    },
    (error) => faults.push(error),
  );
  const kinds = (): string[] => performed.map(({ type }) => type);
  return { clock, loop, kinds, performed, faults };
}

describe('the round loop', () => {
  it('dates what happened', () => {
    const { clock, loop } = loopOf();
    loop.happened({ type: 'start' });
    expect(loop.state.committed.at).toBe(5_000);
    clock.setTimeout(() => loop.happened({ type: 'joined', member: MEMBER }), 20);
    clock.step();
    expect(loop.state.now).toBe(5_020);
  });

  it('lets what effects cause wait until the turn is over', () => {
    const versions: number[] = [];
    const { loop, performed, kinds } = loopOf((effect, state, own) => {
      if (effect.type !== 'commit') return;
      own.happened({ type: 'committed', version: effect.version });
      versions.push(own.state.committing ?? -1, state.committing ?? -1);
    });
    loop.happened({ type: 'start' });
    // Inside the effect the commit is still awaited; after it, it is answered.
    expect(versions).toEqual([0, 0]);
    expect(loop.state.committing).toBeNull();
    loop.happened({ type: 'joined', member: MEMBER });
    expect(kinds()).toEqual(['commit', 'waiting', 'assign']);
    expect(performed.at(-1)).toMatchObject({ assignment: { member: 'a' } });
  });

  it('sees to its timer itself: a deadline that passes is a tick', () => {
    const { clock, loop, kinds } = loopOf();
    loop.happened({ type: 'start' });
    loop.happened({ type: 'joined', member: MEMBER });
    expect(kinds()).not.toContain('timer');
    const asked = loop.state.timer!;
    expect(asked).toBeGreaterThan(5_000);
    clock.step();
    expect(loop.state.now).toBe(asked);
  });

  it('has no tick coming once it is stopped', () => {
    const { clock, loop } = loopOf();
    loop.happened({ type: 'start' });
    loop.happened({ type: 'joined', member: MEMBER });
    expect(clock.pending).toBe(1);
    loop.stop();
    expect(clock.pending).toBe(0);
  });

  it('ends with a fault of the program, and forgets what waited', () => {
    const { loop, faults, kinds } = loopOf((_, __, own) => {
      own.happened({ type: 'joined', member: MEMBER });
      throw new Error('not staged');
    });
    loop.happened({ type: 'start' });
    expect(faults.map(({ message }) => message)).toEqual(['not staged']);
    expect(loop.state.members).toEqual([]);
    expect(kinds()).toEqual(['commit']);
  });
});
