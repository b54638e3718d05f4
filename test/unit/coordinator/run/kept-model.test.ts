import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { showError } from '../../../../cli/errors.ts';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { continueRun, describeStored, startRun } from '../../../../coordinator/run/open.ts';
import { readRun } from '../../../../coordinator/store/read-run.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';

const JOB = `name: x
epochs: 1
data: { source: rows.csv, target: { column: y, type: class }, features: { columns: [u] } }
model: { onnx: { path: m.onnx, freeze: [frozen] } }
optimizer: { sgd: { learning-rate: 0.1 } }
batch: 4
loss: cross-entropy
`;
/** Both tensors are large enough to lie in the data file. */
const WIDTH = 1 << 14;

let folder: string;
let root: string;
let kept: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-kept-'));
  root = join(folder, 'runs');
  kept = join(root, 'run', 'initial.onnx');
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 1]);
  const frozen = builder.initializer('frozen', float32([1, WIDTH], new Float32Array(WIDTH).fill(0.5)));
  const w = builder.initializer('w', float32([WIDTH, 2], new Float32Array(2 * WIDTH).fill(0.25)));
  builder.output(builder.op('MatMul', [builder.op('MatMul', [x, frozen]), w]), 'logits');
  writeFileSync(join(folder, 'm.onnx'), writeModel(builder.build()));
  writeFileSync(join(folder, 'rows.csv'), `u,y\n${'1,a\n2,b\n'.repeat(10)}`);
  writeFileSync(join(folder, 'job.yaml'), JOB);
  const { store, description } = await startRun(join(folder, 'job.yaml'), root, { id: 'run' });
  store.close();
  description.data.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function resume(): Promise<void> {
  const { store, description } = await continueRun('run', root);
  store.close();
  description.data.close();
}

async function look(): Promise<void> {
  const reader = readRun(join(root, 'run'));
  try {
    (await describeStored(reader, root)).data.close();
  } finally {
    reader.close();
  }
}

async function refused(open: () => Promise<void>): Promise<string> {
  const error: unknown = await open().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { code, text } = showError(error, false);
  expect(code, text).toBe(EXIT.store);
  expect(text).toMatch(/restore the file from a backup, or begin a new run\.$/);
  return text;
}

function flipLastByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(file, bytes);
}

test('copying a model said nothing: who starts the run is told its name and its bytes beforehand', async () => {
  const said: string[] = [];
  const copying = ({ file, bytes }: { file: string; bytes: number }) => {
    expect(existsSync(join(root, 'other', 'initial.onnx'))).toBe(false);
    said.push(`${file}: ${bytes}`);
  };
  const { store, description } = await startRun(join(folder, 'job.yaml'), root, { id: 'other', copying });
  store.close();
  description.data.close();
  const bytes = ['initial.onnx', 'initial.onnx.data'].reduce(
    (sum, name) => sum + statSync(join(root, 'other', name)).size,
    0,
  );
  expect(said).toEqual([`m.onnx: ${bytes}`]);
});

test('a run whose kept model is as it was opens', async () => {
  await resume();
  await look();
});

test('a run of an older version, which kept no hashes, opens', async () => {
  rmSync(`${kept}.sha256`);
  await resume();
  await look();
});

test.each(['', '.data'])('changed weights in initial.onnx%s were trained on and exported', async (end) => {
  flipLastByte(`${kept}${end}`);
  for (const open of [resume, look]) {
    expect(await refused(open)).toContain(`${kept}${end} is not what the run began with`);
  }
});

test.each(['', '.data', '.sha256'])('initial.onnx%s that is damaged says so', async (end) => {
  const file = `${kept}${end}`;
  truncateSync(file, 10);
  expect(await refused(resume)).toContain(`${file} is not what the run began with`);
  rmSync(file);
  mkdirSync(file);
  expect(await refused(look)).toContain(file);
});

test.each(['hashes', 'none'])('a lost model was to be exported again (the run keeps %s)', async (sums) => {
  if (sums === 'none') rmSync(`${kept}.sha256`);
  rmSync(`${kept}.data`);
  expect(await refused(resume)).toContain('initial.onnx.data');
  rmSync(kept);
  expect(await refused(look)).toContain(`${kept} is not there`);
  mkdirSync(kept);
  expect(await refused(resume)).toContain(kept);
});

test('a damaged model of a run that keeps no hashes is not to be exported again', async () => {
  rmSync(`${kept}.sha256`);
  truncateSync(kept, 30);
  const text = await refused(resume);
  expect(text).toContain(`${kept} is damaged`);
  expect(text).not.toContain('export');
});
