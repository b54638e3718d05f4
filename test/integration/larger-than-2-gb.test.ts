import { execFile } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { storedTensor } from '../../shared/onnx/stored-tensor.ts';
import { writeModelWithData } from '../../shared/onnx/write.ts';

/*
 * Embeddings of 2.4 GB that nobody trains, and a small head. The file is full of zeros that take no room on the disk.
 */
const ROWS = 600_000;
const WIDTH = 1000;
/** Megabytes that a process may take at its peak: an empty one takes 50, a copy of the weights would be 2,400. */
const MOST_MB = 700;
const MINUTES = 60_000;

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tributary-large-'));
const file = join(folder, 'large.onnx');
const data = join(folder, 'large.data');

function model(): Model {
  const builder = new GraphBuilder();
  const ids = builder.input('ids', 'int32', ['batch', 4]);
  const zeros = {
    length: ROWS * WIDTH * 4,
    read: (): Uint8Array => {
      throw new Error('nobody asks for the numbers of a model that is not written');
    },
  };
  const table = builder.initializer('table', storedTensor('float32', [ROWS, WIDTH], zeros));
  const rows = builder.op('ReduceMean', [builder.op('Gather', [table, ids]), builder.ints([1])], {
    keepdims: 0,
  });
  const weight = Float32Array.from({ length: WIDTH * 2 }, (_, i) => Math.sin(i) / 10);
  builder.output(
    builder.op('MatMul', [
      rows,
      builder.initializer('head', { type: 'float32', dims: [WIDTH, 2], data: weight }),
    ]),
    'y',
  );
  return builder.build();
}

beforeAll(() => {
  const { model: structure, data: pieces } = writeModelWithData(model(), 'large.data');
  writeFileSync(file, structure);
  const descriptor = openSync(data, 'w');
  let end = 0;
  for (const piece of pieces) {
    const isTable = piece.length > 1e9;
    if (!isTable) writeSync(descriptor, piece.read(0, piece.length), 0, piece.length, end);
    end += piece.length;
  }
  ftruncateSync(descriptor, end);
  // One row is not zero: the tokens 0 to 3.
  writeSync(
    descriptor,
    new Uint8Array(Float32Array.from({ length: WIDTH }, () => 1).buffer),
    0,
    WIDTH * 4,
    0,
  );
  closeSync(descriptor);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs Node and says what it printed, with the megabytes that it took at its peak. */
async function measured(args: readonly string[]): Promise<{ readonly output: string; readonly mb: number }> {
  const end = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;
  const preload = `data:text/javascript,${encodeURIComponent(end)}`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', preload, ...args]);
  const [, kilobytes] = /peak (\d+)/.exec(stderr) ?? [];
  return { output: stdout, mb: Number(kilobytes) / 1024 };
}

test('is written as a file of more than 2 GB that takes no room', () => {
  const { size, blocks } = statSync(data);
  expect(size).toBeGreaterThan(2 ** 31);
  expect(blocks * 512).toBeLessThan(2 ** 27);
});

test('is inspected in bounded memory', { timeout: 5 * MINUTES }, async () => {
  const { output, mb } = await measured([
    join(DIST, 'cli/main.js'),
    'inspect',
    file,
    '--external-data',
    '--json',
  ]);
  expect(JSON.parse(output)).toMatchObject({
    verdict: 'accepted',
    elsewhere: 2,
    trainable: ROWS * WIDTH + WIDTH * 2,
  });
  expect(mb).toBeLessThan(MOST_MB);
});

test('is brought in for training with its embeddings frozen, in bounded memory', {
  timeout: 5 * MINUTES,
}, async () => {
  const script = `
    import { openModelFile } from '${DIST}node/files/model-file.js';
    import { importForTraining } from '${DIST}shared/nn/import/import.js';
    const features = { shape: [4], type: 'int32', vocabulary: ${ROWS}, normalize: { kind: 'none' } };
    const target = { kind: 'class', classes: ['a', 'b'] };
    const { model, weights } = importForTraining(openModelFile('${file}'), features, target, { freeze: ['table'] }, 1);
    const table = model.graph.nodes.find(({ outputs }) => outputs[0] === 'table').attributes.value.value;
    const row = (index) => table.read(index * ${WIDTH}, ${WIDTH})[${WIDTH - 1}];
    process.stdout.write(JSON.stringify({ weights, dims: table.dims, rows: [row(0), row(1), row(${ROWS - 1})] }));
  `;
  const { output, mb } = await measured(['--input-type=module', '--eval', script]);
  expect(JSON.parse(output)).toEqual({
    weights: [
      { name: 'table', dims: [ROWS, WIDTH], trains: false },
      { name: 'head', dims: [WIDTH, 2], trains: true },
    ],
    dims: [ROWS, WIDTH],
    rows: [1, 0, 0],
  });
  expect(mb).toBeLessThan(MOST_MB);
});
