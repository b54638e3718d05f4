import { readSync, writeSync } from 'node:fs';
import { BLOCK_BYTES, type DatasetManifest, manifestBytes, rowBytesOf } from '../../shared/data/dataset.ts';
import { RunningStatistics } from '../../shared/data/running-statistics.ts';
import type { Split } from '../../shared/data/split.ts';
import type { DataJob } from '../../shared/job/job.ts';
import type { Scan } from './scan.ts';
import { sha256 } from './sha256.ts';

/**
 * Second pass: takes the rows from the spool in the split's order, writes them as blocks one behind the other, and describes
 * them. Memory is one block.
 *
 * @param spool file descriptor of float32 rows in the file's order
 * @param out file descriptor, written from the start
 */
export function writeBlocks(
  job: DataJob,
  scan: Scan,
  split: Split,
  spool: number,
  out: number,
): DatasetManifest {
  const width = scan.columns.features.length;
  const type = scan.bytes ? 'uint8' : 'float32';
  const rowBytes = rowBytesOf(width, type);
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const trainRows = scan.rows - split.testRows;
  const statistics = new RunningStatistics(width);
  const row = new Float32Array(width);
  const rowMemory = new Uint8Array(row.buffer);
  const memory = new Uint8Array(Math.min(blockRows, scan.rows) * rowBytes);
  const floats = new Float32Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  const blocks: { hash: string; bytes: number }[] = [];

  for (let start = 0; start < scan.rows; start += blockRows) {
    const end = Math.min(start + blockRows, scan.rows);
    for (let index = start; index < end; index++) {
      const source = split.order[index]!;
      readSync(spool, rowMemory, 0, rowMemory.length, source * rowMemory.length);
      if (index < trainRows) statistics.add(row);
      const at = (index - start) * rowBytes;
      if (type === 'uint8') memory.set(row, at);
      else floats.set(row, at >> 2);
      const place = ((at + rowBytes) >> 2) - 1;
      if (scan.classes) ints[place] = scan.targets[source]!;
      else floats[place] = scan.targets[source]!;
    }
    const block = memory.subarray(0, (end - start) * rowBytes);
    blocks.push({ hash: sha256(block), bytes: block.length });
    for (let written = 0; written < block.length; ) written += writeSync(out, block, written);
  }

  const manifest = {
    format: 1 as const,
    rows: scan.rows,
    features: { names: scan.columns.featureNames, count: width, type: type as 'uint8' | 'float32' },
    target: {
      name: String(scan.columns.label(scan.columns.target)),
      kind: job.target.type,
      type: scan.classes ? ('int32' as const) : ('float32' as const),
      ...(scan.classes && { classes: scan.classes }),
    },
    rowBytes,
    blockRows,
    blocks,
    statistics: statistics.result(),
    test: { rows: split.testRows },
  };
  return { ...manifest, hash: sha256(manifestBytes(manifest)) };
}
