import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { trainRows } from '../../shared/data/dataset.ts';
import { partition } from '../../shared/data/partition/partition.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import type { Job } from '../../shared/job/job.ts';

export interface PeerFiles {
  /** Little-endian float32, [rows, 64 pixels and the class]. */
  readonly rows: string;
  /** JSON: `clients`, lists of rows, and `test`, the rows that are held out. */
  readonly partition: string;
}

/** The rows and the partition of a simulated job, where another program finds them: the very ones that our side trains on. */
export async function writePeerFiles(job: Job, folder: string): Promise<PeerFiles> {
  const { simulation, seed } = job;
  if (!simulation) throw new Error('the job has no section simulation');
  const source = { ...job.data, source: simulation.source, test: simulation.heldOut };
  const data = await DatasetFile.open((await ingest(source, folder, join(folder, 'peer'), seed)).directory);
  try {
    const { manifest } = data;
    const rows = Array.from({ length: manifest.rows }, (_, row) => row);
    const trained = trainRows(manifest);
    const { clients } = partition({ rows: trained }, simulation.partition, {
      clients: simulation.clients,
      seed,
    });
    const files = { rows: join(folder, 'rows.f32'), partition: join(folder, 'partition.json') };
    writeFileSync(files.rows, tableOf(data, rows));
    const test = rows.slice(trained);
    writeFileSync(files.partition, JSON.stringify({ clients: clients.map((own) => [...own]), test }));
    return files;
  } finally {
    data.close();
  }
}

function tableOf(data: DatasetFile, rows: readonly number[]): Float32Array {
  const { count } = data.manifest.features;
  const reader = new RowReader(data.manifest, (index) => data.readBlock(index));
  const features = new Float32Array(rows.length * count);
  const classes = new Int32Array(rows.length);
  reader.gather(rows, features, classes);
  const table = new Float32Array(rows.length * (count + 1));
  for (let row = 0; row < rows.length; row++) {
    table.set(features.subarray(row * count, (row + 1) * count), row * (count + 1));
    table[(row + 1) * (count + 1) - 1] = classes[row]!;
  }
  return table;
}
