import type { PlacedTargetJob } from '../job/data-job.ts';
import { type CellPlace, readNumber } from './cells.ts';
import { className } from './class-name.ts';
import { renumber, sortedClasses, type TargetPlaces } from './class-order.ts';
import { DataError, type DataErrorPlace } from './data-error.ts';

/** More distinct values than this are not classes but numbers or names. */
export const MAX_CLASSES = 65_536;

/** Reads the cells of one target. */
export interface CellScan {
  /** Numbers that a cell gives. */
  readonly places: number;
  /** @throws DataError */
  read(cell: string, place: CellPlace, keep: (value: number) => void): void;
  /**
   * The classes by index: as they were known, or sorted, and then the targets are rewritten from order of appearance to it.
   *
   * @param numbers of all rows
   */
  finish(numbers: Float32Array, places: TargetPlaces): readonly string[] | undefined;
  /** @throws DataError when there is nothing to tell apart, or more than yes and no */
  check(classes: readonly string[] | undefined, place: Omit<DataErrorPlace, 'hint'>): void;
}

/** Reads the cells of one target: numbers, or classes, which it numbers as they appear. */
export class TargetScan implements CellScan {
  readonly places = 1;
  private readonly index = new Map<string, number>();

  /**
   * @param key of the job file, for messages
   * @param known classes that are known beforehand: no other is taken
   */
  constructor(
    private readonly type: PlacedTargetJob['type'],
    private readonly key: string,
    private readonly known: readonly string[] | undefined,
  ) {
    for (const [index, name] of (known ?? []).entries()) this.index.set(className(name), index);
  }

  read(cell: string, place: CellPlace, keep: (value: number) => void): void {
    keep(this.numberOf(cell, place));
  }

  private numberOf(cell: string, place: CellPlace): number {
    if (this.type === 'number') {
      const words = `Every row needs its number: correct the cell, or drop the row. If the column holds words, that is classes, use ${this.key}.type: class.`;
      return atMost(LARGEST_TARGET, readNumber(cell, place, words), place);
    }
    const { mayBeHeader: _, ...at } = place;
    const name = className(cell);
    if (name === '' || /^nan$/i.test(name)) {
      const hint = 'Every row needs its class: fill it in or drop the row.';
      throw new DataError(name === '' ? 'The target is empty.' : 'The target is NaN.', { ...at, hint });
    }
    const number = this.index.get(name);
    if (number !== undefined) return number;
    if (this.known) {
      const shown = this.known.slice(0, 12).join(', ') + (this.known.length > 12 ? ', …' : '');
      const hint = `The run's classes are: ${shown}. Correct the cell, or drop the row.`;
      const message = `The class ${JSON.stringify(name.slice(0, 40))} is none of the run's.`;
      throw new DataError(message, { ...at, hint });
    }
    if (this.index.size >= MAX_CLASSES) {
      const hint = `For quantities use ${this.key}.type: number.`;
      throw new DataError(`The target has more than ${MAX_CLASSES} classes.`, { ...at, hint });
    }
    this.index.set(name, this.index.size);
    return this.index.size - 1;
  }

  finish(numbers: Float32Array, places: TargetPlaces): readonly string[] | undefined {
    if (this.type === 'number') return undefined;
    if (this.known) return this.known;
    const names = sortedClasses([...this.index.keys()]);
    renumber(numbers, places, this.index, names);
    return names;
  }

  check(classes: readonly string[] | undefined, place: Omit<DataErrorPlace, 'hint'>): void {
    if (!classes) return;
    if (classes.length === 1) {
      throw new DataError(`Every row has the same target "${classes[0]}": there is nothing to tell apart.`, {
        ...place,
        hint: `Check ${this.key}.column; a classifier needs rows of at least two classes.`,
      });
    }
    if (this.type === 'binary' && classes.length !== 2) {
      throw new DataError(
        `A binary target has two values, this one has ${classes.length}: ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}.`,
        { ...place, hint: `Use ${this.key}.type: class, with the loss cross-entropy.` },
      );
    }
  }
}

/** Metrics sum the squares of targets over an evaluation, in float32 and in the units of the table. */
const LARGEST_TARGET = 1e16;

function atMost(largest: number, value: number, { mayBeHeader: _, ...place }: CellPlace): number {
  if (Math.abs(value) <= largest) return value;
  throw new DataError(`${value} is too large for a target: sums of squares of such numbers leave float32.`, {
    ...place,
    hint: `Give the column in larger units, so that its numbers are at most ${largest}.`,
    atParticipant: 'Drop the row if it is a mistake; else ask whoever runs the coordinator for larger units.',
  });
}
