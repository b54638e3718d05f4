import { describe, expect, it } from 'vitest';
import { Staging, type Upload } from '../../../coordinator/staging.ts';
import { createRandom } from '../../../shared/parameters/random.ts';

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

  it('knows its room after any order of promises, uploads and departures', () => {
    const random = createRandom(7);
    const below = (count: number): number => Math.floor(random.next() * count);
    const room = 100;
    const staging = new Staging(room);
    const promised = new Map<string, number>();
    const inside: Upload[] = [];
    const waiting: Upload[] = [];
    const total = (): number =>
      [...promised.values(), ...inside.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0);
    const upload = (assignment: string): Upload => {
      const made: Upload = {
        assignment,
        order: below(50),
        bytes: 1 + below(40),
        start: () => {
          inside.push(made);
          const at = waiting.indexOf(made);
          if (at >= 0) waiting.splice(at, 1);
        },
      };
      return made;
    };
    let [kept, refused, stood] = [0, 0, 0];
    for (let turn = 0; turn < 5_000; turn++) {
      const id = `a${below(12)}`;
      const of = (uploads: readonly Upload[]): Upload | undefined => uploads[below(uploads.length)];
      [
        () => {
          if (promised.has(id)) return;
          const bytes = below(30);
          const sum = [...promised.values()].reduce((all, one) => all + one, bytes);
          const fits = sum <= room / 2 && total() + bytes <= room;
          expect(staging.promise(id, bytes)).toBe(fits);
          if (fits) promised.set(id, bytes);
          if (fits) kept += 1;
          else refused += 1;
        },
        () => {
          promised.delete(id);
          staging.withdraw(id);
        },
        () => {
          const made = upload(id);
          if (!promised.delete(id)) waiting.push(made);
          staging.enter(made);
        },
        () => {
          const gone = of(below(4) === 0 ? waiting : inside);
          if (gone === undefined) return;
          for (const list of [waiting, inside]) if (list.includes(gone)) list.splice(list.indexOf(gone), 1);
          staging.leave(gone);
        },
      ][below(4)]!();
      const [next] = [...waiting].sort((a, b) => a.order - b.order);
      if (next === undefined) continue;
      stood += 1;
      expect(total() + next.bytes).toBeGreaterThan(room);
      expect(Math.min(...inside.map(({ order }) => order))).toBeLessThanOrEqual(next.order);
    }
    for (const met of [kept, refused, stood]) expect(met).toBeGreaterThan(100);
  });
});
