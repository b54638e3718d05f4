import type { CellPlace } from './cells.ts';
import { className, symbolName } from './class-name.ts';
import { renumber, sortedClasses, type TargetPlaces } from './class-order.ts';
import { DataError } from './data-error.ts';
import { type CellScan, MAX_CLASSES } from './target-scan.ts';

/** What stands in places of a row behind the end of its label. */
export const NO_SYMBOL = -1;

/** Reads the cells of a target of symbols: each is a label, whose characters it numbers as they appear. */
export class SymbolScan implements CellScan {
  private readonly index = new Map<string, number>();
  private fewest = 1;
  /** Steps that the label which was read last needs. */
  needed = 0;

  /**
   * @param places the most symbols that a label may have; each row takes as many numbers
   * @param key of the job file, for messages
   * @param known symbols that are known beforehand: no other is taken
   */
  constructor(
    readonly places: number,
    private readonly key: string,
    private readonly known: readonly string[] | undefined,
  ) {
    for (const [index, symbol] of (known ?? []).entries()) this.index.set(symbolName(symbol), index);
  }

  /** Steps in which every label can be read: a blank stands between two symbols that are the same. Of labels elsewhere, the most. */
  get steps(): number {
    return this.known ? mostSteps(this.places) : this.fewest;
  }

  /** @throws DataError */
  read(cell: string, place: CellPlace, keep: (value: number) => void): void {
    const { mayBeHeader: _, ...at } = place;
    const label = [...className(cell)];
    if (label.length === 0) {
      const hint = 'Every row needs its label: fill it in or drop the row.';
      throw new DataError('The label is empty.', { ...at, hint });
    }
    if (label.length > this.places) {
      const hint = `Set ${this.key}.length to as many as the longest label has, or correct the cell.`;
      const message = `The label ${shown(label)} has ${label.length} symbols, more than the ${this.places} of ${this.key}.length.`;
      const atParticipant = `The run reads labels of up to ${this.places} symbols: correct the cell, or drop the row.`;
      throw new DataError(message, { ...at, hint, atParticipant });
    }
    let steps = label.length;
    for (const [place, symbol] of label.entries()) {
      keep(this.numberOf(symbol, label, at));
      if (symbol === label[place - 1]) steps++;
    }
    for (let place = label.length; place < this.places; place++) keep(NO_SYMBOL);
    this.needed = steps;
    this.fewest = Math.max(this.fewest, steps);
  }

  finish(numbers: Float32Array, places: TargetPlaces): readonly string[] {
    if (this.known) return this.known;
    const symbols = sortedClasses([...this.index.keys()]);
    renumber(numbers, places, this.index, symbols);
    return symbols;
  }

  /** One symbol is enough: labels differ by how often it is there. */
  check(): void {}

  private numberOf(symbol: string, label: readonly string[], at: Omit<CellPlace, 'mayBeHeader'>): number {
    const number = this.index.get(symbol);
    if (number !== undefined) return number;
    if (this.known) {
      const all = this.known.slice(0, 40).join(' ') + (this.known.length > 40 ? ' …' : '');
      const hint = `The run's symbols are: ${all}. Correct the cell, or drop the row.`;
      const message = `The symbol ${JSON.stringify(symbol)} of the label ${shown(label)} is none of the run's.`;
      throw new DataError(message, { ...at, hint });
    }
    if (this.index.size >= MAX_CLASSES) {
      const hint = `For one of several classes use ${this.key}.type: class.`;
      throw new DataError(`The labels have more than ${MAX_CLASSES} different symbols.`, { ...at, hint });
    }
    this.index.set(symbol, this.index.size);
    return this.index.size - 1;
  }
}

/** Steps for any label of so many symbols: that of one symbol again and again needs a blank between. */
export function mostSteps(places: number): number {
  return 2 * places - 1;
}

function shown(label: readonly string[]): string {
  return JSON.stringify(label.length > 40 ? `${label.slice(0, 40).join('')}…` : label.join(''));
}
