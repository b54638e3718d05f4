import type { OwnRowsSource } from '../worker/data/own-rows.ts';
import { ownTable } from '../worker/data/own-table.ts';
import { UsageError } from './errors.ts';

/** A participant's data: how people call them, and how they are read. */
export interface OwnData {
  readonly name: string;
  readonly rows: OwnRowsSource;
}

/** @throws UsageError */
export async function ownData({
  data,
  cache,
}: {
  readonly data?: string;
  readonly cache: string;
}): Promise<OwnData> {
  if (data === undefined) throw new UsageError('give --data FILE: the rows that you take part with.');
  return { name: data, rows: ownTable(data, cache) };
}
