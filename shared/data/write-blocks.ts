import {
  BLOCK_BYTES,
  type DatasetManifest,
  manifestBytes,
  rowBytesOf,
  type Statistics,
  storedCounts,
} from './dataset.ts';
import { RunningStatistics } from './running-statistics.ts';

/** Rows in the order in which they are stored, training rows first. */
export interface RowSource extends Pick<DatasetManifest, 'rows' | 'features' | 'target' | 'test'> {
  /** Of its features, where they are not to be taken of the training rows. */
  readonly statistics?: DatasetManifest['statistics'];
  /** Places of the target whose mean and deviation are wanted; none when left out. */
  readonly measured?: readonly boolean[] | undefined;
  /** Puts the values of row `index` into `row`: the features, or a window of tokens. */
  read(index: number, row: Float32Array | Int32Array): void;
  /** Number `at` of the target of row `index`; not asked for where tokens are their own target. */
  targetOf(index: number, at: number): number;
}

/** The number of a word is no quantity: standardising leaves it as it is. */
function ofNumbers(statistics: Statistics, { categories = [] }: DatasetManifest['features']): Statistics {
  const isWord = new Set(categories.map(({ column }) => column));
  return {
    mean: statistics.mean.map((value, column) => (isWord.has(column) ? 0 : value)),
    deviation: statistics.deviation.map((value, column) => (isWord.has(column) ? 1 : value)),
  };
}

function ofMeasured({ mean, deviation }: Statistics, measured: readonly boolean[]): Statistics {
  return {
    mean: mean.map((value, at) => (measured[at] ? value : 0)),
    deviation: deviation.map((value, at) => (measured[at] ? value : 1)),
  };
}

/**
 * Encodes rows as blocks one behind the other, and describes them. Memory is one block.
 *
 * @param write takes the next block; its memory is used again for the one after
 * @param sha256 hex SHA-256 of bytes
 * @param known statistics that are known beforehand, instead of those of the training rows
 */
export function writeBlocks(
  source: RowSource,
  write: (block: Uint8Array) => void,
  sha256: (bytes: Uint8Array) => string,
  known?: DatasetManifest['statistics'],
): DatasetManifest {
  const { rows, features, target, test } = source;
  const { features: width, targets } = storedCounts(source);
  const rowBytes = rowBytesOf(width, features.type, targets);
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const trainRows = rows - test.rows;
  const statistics = new RunningStatistics(features.tokens ? 0 : width);
  const { measured } = source;
  const targetStatistics = new RunningStatistics(measured ? targets : 0);
  const own = new Float32Array(measured ? targets : 0);
  const row = features.tokens ? new Int32Array(width) : new Float32Array(width);
  const memory = new Uint8Array(Math.min(blockRows, rows) * rowBytes);
  const floats = new Float32Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  const stored = { uint8: memory, uint16: new Uint16Array(memory.buffer), int32: ints, float32: floats }[
    features.type
  ];
  const blocks: { hash: string; bytes: number }[] = [];

  for (let start = 0; start < rows; start += blockRows) {
    const end = Math.min(start + blockRows, rows);
    for (let index = start; index < end; index++) {
      source.read(index, row);
      if (index < trainRows) statistics.add(row);
      const at = (index - start) * rowBytes;
      stored.set(row, at / stored.BYTES_PER_ELEMENT);
      const place = ((at + rowBytes) >> 2) - targets;
      const numbers = target.type === 'int32' ? ints : floats;
      for (let number = 0; number < targets; number++)
        numbers[place + number] = source.targetOf(index, number);
      if (!measured || index >= trainRows) continue;
      own.set(floats.subarray(place, place + targets));
      targetStatistics.add(own);
    }
    const block = memory.subarray(0, (end - start) * rowBytes);
    blocks.push({ hash: sha256(block), bytes: block.length });
    write(block);
  }

  const manifest = {
    format: 1 as const,
    rows,
    features,
    target,
    rowBytes,
    blockRows,
    blocks,
    statistics: known ?? {
      ...ofNumbers(statistics.result(), features),
      ...(measured && { target: ofMeasured(targetStatistics.result(), measured) }),
    },
    test,
  };
  return { ...manifest, hash: sha256(manifestBytes(manifest)) };
}
