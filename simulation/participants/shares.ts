import type { Partition } from '../../shared/data/partition/partition.ts';
import { stratifiedSplit } from '../../shared/data/split.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import type { RowView } from '../../worker/trainer/batch-loader.ts';
import type { SharedTable } from '../engines/shared-table.ts';
import { type Strata, strataOfRows } from './row-targets.ts';

/**
 * What each participant holds: numbers of rows, trained on or held out as if they stood in a table of its own. Nothing is kept for a
 * participant but its stretch of the partition.
 */
export class Shares {
  private readonly strata: Strata;

  /** @param test share of a participant's rows that it evaluates with */
  constructor(
    private readonly partition: Partition,
    table: SharedTable,
    private readonly options: { readonly test: number; readonly seed: number; readonly isText: boolean },
  ) {
    this.strata = strataOfRows(table);
  }

  get count(): number {
    return this.partition.clients.length;
  }

  nameOf(client: number): string {
    return this.partition.names?.[client] ?? `client-${client}`;
  }

  /** A client to which the partition dealt no row has nothing to take part with. */
  hasRows(client: number): boolean {
    return this.partition.clients[client]!.length > 0;
  }

  /** The same split as of a table: by class, and shuffled; of a text its end is held out. */
  of(client: number): RowView {
    const rows = this.partition.clients[client]!;
    const { test, seed, isText } = this.options;
    if (isText) return stretch(rows, test);
    const random = createRandom(seed);
    const { order, testRows } = stratifiedSplit(rows.length, this.strata(rows, test), test, random.next);
    const own = order.map((place) => rows[place]!);
    const cut = own.length - testRows;
    return { training: own.subarray(0, cut), heldOut: own.subarray(cut) };
  }
}

function stretch(rows: Uint32Array, test: number): RowView {
  const cut = Math.max(1, rows.length - Math.round(rows.length * test));
  return { training: rows.slice(0, cut), heldOut: rows.slice(cut) };
}
