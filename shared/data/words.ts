import { z } from 'zod';
import { className } from './class-name.ts';

/** A feature whose words are numbers to the model: 1 for the first, 0 for any that is not among them. */
export interface WordColumn {
  /** Its place among the features. */
  readonly column: number;
  readonly name: string;
  readonly words: readonly string[];
}

/** Key of an exported file's metadata that has the columns of words as JSON. */
export const CATEGORIES = 'tributary.categories';

const schema = z.array(
  z.object({ column: z.number().int().nonnegative(), name: z.string(), words: z.array(z.string()) }),
);

/** The columns of words of an exported file; none when the metadata are someone else's. */
export function parseWordColumns(text: string | undefined): readonly WordColumn[] {
  if (text === undefined) return [];
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/** Looks up the numbers of words by the place of their column. */
export class WordNumbers {
  private readonly byColumn: ReadonlyMap<
    number,
    { readonly name: string; readonly ids: ReadonlyMap<string, number> }
  >;

  constructor(columns: readonly WordColumn[]) {
    this.byColumn = new Map(
      columns.map(({ column, name, words }) => [
        column,
        { name, ids: new Map(words.map((word, index) => [className(word), index + 1])) },
      ]),
    );
  }

  /** The column's name, undefined for a column of numbers. */
  nameOf(column: number): string | undefined {
    return this.byColumn.get(column)?.name;
  }

  /** Of each column in which a word was looked up that is unknown: how often, and the first of them. */
  readonly unknown = new Map<string, { count: number; readonly first: string }>();

  /** The word's number, 0 for an unknown one; undefined for a column of numbers. */
  numberOf(column: number, cell: string): number | undefined {
    const known = this.byColumn.get(column);
    if (!known) return undefined;
    const number = known.ids.get(className(cell));
    if (number === undefined) this.missed(known.name, cell);
    return number ?? 0;
  }

  private missed(name: string, cell: string): void {
    const missed = this.unknown.get(name);
    if (missed) missed.count++;
    else this.unknown.set(name, { count: 1, first: cell });
  }
}
