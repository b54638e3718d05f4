import { trainRows } from '../../shared/data/dataset.ts';
import type { PartitionData } from '../../shared/data/partition/partitioner.ts';
import type { PartitionJob } from '../../shared/data/partition/registry.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import type { DataJob } from '../../shared/job/data-job.ts';
import { blocksOf, type SharedTable } from '../engines/shared-table.ts';
import { rowClasses } from './row-targets.ts';
import { type SourceRows, sourceRows } from './source-rows.ts';

/** The rows that participants are to hold, as partitioners ask for them. */
export async function partitionData(
  table: SharedTable,
  job: PartitionJob,
  source: { readonly data: DataJob; readonly file: string; readonly seed: number },
): Promise<PartitionData> {
  const { manifest } = table;
  const classes = rowClasses(table);
  const wanted = columnOf(job);
  const inSource: SourceRows =
    wanted === undefined && job.kind !== 'temporal' ? {} : await sourceRows(manifest, source, wanted);
  return {
    rows: trainRows(manifest),
    ...(classes && { classes }),
    ...(manifest.features.tokens ? {} : { features: featuresOf(table) }),
    ...(inSource.position && { position: inSource.position }),
    ...(inSource.columns && { columns: inSource.columns }),
    column: (name) => (name === wanted ? inSource.cell : undefined),
  };
}

function columnOf({ options }: PartitionJob): string | number | undefined {
  const { name, column } = options as { readonly name?: string | number; readonly column?: string | number };
  return name ?? column;
}

function featuresOf(table: SharedTable): (row: number) => Float32Array {
  const { manifest } = table;
  const reader = new RowReader(manifest, blocksOf(table));
  const features = new Float32Array(manifest.features.count);
  const target = new Float32Array(manifest.target.count ?? 1);
  return (row) => {
    reader.gather([row], features, target);
    return features;
  };
}
