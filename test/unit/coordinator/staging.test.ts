import { describe, expect, it } from 'vitest';
import { Staging, type Upload } from '../../../coordinator/staging.ts';

/** Uploads that note when they are let in. */
function uploads(): {
  readonly started: string[];
  make(assignment: string, order: number, bytes: number): Upload;
} {
  const started: string[] = [];
  return {
    started,
    make: (assignment, order, bytes) => ({ assignment, order, bytes, start: () => started.push(assignment) }),
  };
}

describe('staging', () => {
  it('lets in what fits, and what comes first in order always', () => {
    const { started, make } = uploads();
    const staging = new Staging(100);
    const [a, b, c] = [make('a', 1, 60), make('b', 2, 60), make('c', 0, 60)];
    for (const upload of [a, b, c]) staging.enter(upload);
    expect(started).toEqual(['a', 'c']);
    staging.leave(a);
    expect(started).toEqual(['a', 'c']);
    staging.leave(c);
    expect(started).toEqual(['a', 'c', 'b']);
  });

  it('keeps the room that it promised, at most half', () => {
    const { started, make } = uploads();
    const staging = new Staging(100);
    expect(staging.promise('a', 40)).toBe(true);
    expect(staging.promise('b', 20)).toBe(false);
    const [x, y, a] = [make('x', 0, 50), make('y', 2, 20), make('a', 1, 40)];
    staging.enter(x);
    staging.enter(y);
    expect(started).toEqual(['x']);
    staging.enter(a);
    expect(started).toEqual(['x', 'a']);
  });

  it('counts an update whose promise was kept as long as it is inside, also when its assignment is forgotten', () => {
    const { started, make } = uploads();
    const staging = new Staging(100);
    staging.promise('a', 50);
    const a = make('a', 0, 50);
    staging.enter(a);
    staging.withdraw('a');
    expect(staging.promise('b', 40)).toBe(true);
    expect(staging.promise('c', 20)).toBe(false);
    staging.enter(make('d', 1, 20));
    expect(started).toEqual(['a']);
    staging.leave(a);
    expect(started).toEqual(['a', 'd']);
  });

  it('gives the room of a promise that nobody will use to those who wait', () => {
    const { started, make } = uploads();
    const staging = new Staging(100);
    staging.promise('a', 50);
    staging.enter(make('x', 1, 40));
    staging.enter(make('y', 2, 40));
    expect(started).toEqual(['x']);
    staging.withdraw('a');
    expect(started).toEqual(['x', 'y']);
  });
});
