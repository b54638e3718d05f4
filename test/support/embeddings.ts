import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import type { ByteSource } from '../../shared/onnx/byte-source.ts';
import { storedTensor } from '../../shared/onnx/stored-tensor.ts';
import { float32 } from '../../shared/onnx/tensor.ts';
import { writeModelWithData } from '../../shared/onnx/write.ts';

export const WIDTH = 1000;
/** Rows of the table that are no zeros, at either end: what the examples are made of. */
const FILLED = 8;

/**
 * A job in a folder of its own: embeddings that are frozen, in a data file beside their model, and a head that trains. Its tokens are
 * numbers of a table.
 *
 * @param isFull whether all rows have numbers, and no two pieces are equal; else the file takes no room but for a few rows at either end
 * @returns path of the job file
 */
export function embeddingsJob(folder: string, rows: number, isFull = false): string {
  const builder = new GraphBuilder();
  const ids = builder.op('Cast', [builder.input('ids', 'float32', ['batch', 2])], { to: 7 });
  const table = builder.initializer(
    'table',
    storedTensor('float32', [rows, WIDTH], unread(rows * WIDTH * 4)),
  );
  const mean = builder.op('ReduceMean', [builder.op('Gather', [table, ids]), builder.ints([1])], {
    keepdims: 0,
  });
  const head = Float32Array.from({ length: WIDTH * 2 }, (_, i) => Math.sin(i) / 10);
  const weights = builder.initializer('head', float32([WIDTH, 2], head));
  builder.output(builder.op('MatMul', [mean, weights]), 'logits');
  const { model, data } = writeModelWithData(builder.build(), 'large.data');
  writeFileSync(join(folder, 'large.onnx'), model);
  writeTable(join(folder, 'large.data'), data, rows, isFull);
  const token = (index: number): number => (index < FILLED ? index : rows - 2 * FILLED + index);
  const lines = Array.from({ length: 120 }, (_, i) => {
    const one = (i * 5) % (2 * FILLED);
    const other = (one + 2 * i) % (2 * FILLED);
    return `${token(one)},${token(other)},${one % 2 === 0 ? 'even' : 'odd'}`;
  });
  writeFileSync(join(folder, 'rows.csv'), `one,other,both\n${lines.join('\n')}\n`);
  const job = join(folder, 'job.yaml');
  writeFileSync(
    job,
    `name: large
epochs: 4
data: { source: rows.csv, target: { column: both, type: class }, test: 0.2 }
model: { onnx: { path: large.onnx, freeze: [table] } }
loss: cross-entropy
optimizer: { sgd: { learning-rate: 0.05 } }
batch: 16
`,
  );
  return job;
}

function unread(length: number): ByteSource {
  return {
    length,
    read: () => {
      throw new Error('nobody asks for the numbers of a model that is not written');
    },
  };
}

/** Bytes that are written at once, of which the first say where. */
const BLOCK = 1 << 22;

function writeTable(file: string, pieces: readonly ByteSource[], rows: number, isFull: boolean): void {
  const descriptor = openSync(file, 'w');
  let end = 0;
  for (const piece of pieces) {
    const isTable = piece.length === rows * WIDTH * 4;
    if (!isTable) writeSync(descriptor, piece.read(0, piece.length), 0, piece.length, end);
    end += piece.length;
  }
  ftruncateSync(descriptor, end);
  const block = Float32Array.from({ length: BLOCK / 4 }, (_, i) => Math.sin(i));
  for (let at = 0; isFull && at < rows * WIDTH * 4; at += BLOCK) {
    block[0] = at / BLOCK;
    writeSync(descriptor, new Uint8Array(block.buffer), 0, Math.min(BLOCK, rows * WIDTH * 4 - at), at);
  }
  for (let index = 0; index < 2 * FILLED; index++) {
    const row = index < FILLED ? index : rows - 2 * FILLED + index;
    const values = Float32Array.from({ length: WIDTH }, (_, i) => Math.cos((index + 1) * (i + 1)));
    writeSync(descriptor, new Uint8Array(values.buffer), 0, values.byteLength, row * WIDTH * 4);
  }
  closeSync(descriptor);
}
