import { describe, expect, it } from 'vitest';
import { CountedUpdates } from '../../../coordinator/counted-updates.ts';
import { Driver } from '../rounds/driver.ts';

const added = (assignment: string, member = 'm1') => ({ member, assignment });

describe('the last update of a member that counts', () => {
  it('is the newest that it made, in whatever order they are summed', () => {
    const counted = new CountedUpdates(new Map());
    expect(counted.of('m1')).toEqual({ counted: '', kept: '' });
    counted.added(added('1-0-9'));
    counted.added(added('1-0-10'));
    counted.added(added('1-0-8'));
    counted.added(added('1-0-11', 'm2'));
    expect(counted.of('m1').counted).toBe('1-0-10');
    expect(counted.of('m2').counted).toBe('1-0-11');
  });

  it('of a later life of the coordinator is newer than those of its commit', () => {
    const counted = new CountedUpdates(new Map([['m1', '1-7-90']]));
    expect(counted.of('m1')).toEqual({ counted: '1-7-90', kept: '1-7-90' });
    counted.added(added('2-7-3'));
    expect(counted.of('m1')).toEqual({ counted: '2-7-3', kept: '1-7-90' });
    counted.committing([added('2-7-3')]);
    expect(counted.of('m1').kept).toBe('2-7-3');
  });

  it('may be one that waits in the window for those before it', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    const staged = driver.latest('b');
    driver.update(staged);
    const counted = new CountedUpdates(new Map());
    expect(counted.of('b', driver.state.window).counted).toBe(staged.id);
    expect(counted.of('b').counted).toBe('');
    expect(counted.of('a', driver.state.window).counted).toBe('');
  });
});
