import type { ColumnTargetJob } from '../job/data-job.ts';
import { type CellPlace, readNumber } from './cells.ts';
import { className } from './class-name.ts';
import { sortedClasses } from './class-order.ts';
import { DataError, type DataErrorPlace } from './data-error.ts';

/** More distinct values than this are not classes but numbers or names. */
export const MAX_CLASSES = 65_536;

/** Reads the cells of one target: numbers, or classes, which it numbers as they appear. */
export class TargetScan {
  private readonly index = new Map<string, number>();

  /**
   * @param key of the job file, for messages
   * @param known classes that are known beforehand: no other is taken
   */
  constructor(
    private readonly type: ColumnTargetJob['type'],
    private readonly key: string,
    private readonly known: readonly string[] | undefined,
  ) {
    for (const [index, name] of (known ?? []).entries()) this.index.set(className(name), index);
  }

  /** @throws DataError */
  read(cell: string, place: CellPlace): number {
    if (this.type === 'number') return readNumber(cell, place);
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

  /**
   * The classes by index: as they were known, or sorted, and then the targets are rewritten from order of appearance to it.
   *
   * @param numbers of all rows, of which `columns` of every `width` are this target's, from `start` on
   */
  finish(
    numbers: Float32Array,
    { start, columns, width }: { readonly start: number; readonly columns: number; readonly width: number },
  ): readonly string[] | undefined {
    if (this.type === 'number') return undefined;
    if (this.known) return this.known;
    const names = sortedClasses([...this.index.keys()]);
    const rank = new Float32Array(names.length);
    for (const [place, name] of names.entries()) rank[this.index.get(name)!] = place;
    for (let row = start; row < numbers.length; row += width) {
      for (let at = row; at < row + columns; at++) numbers[at] = rank[numbers[at]!]!;
    }
    return names;
  }

  /** @throws DataError when there is nothing to tell apart, or more than yes and no */
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
