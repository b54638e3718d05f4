import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { type RunReader, readRun } from '../../coordinator/store/read-run.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { DIGITS } from '../support/digits.ts';
import { type End, joinCommandOf, killAll, tributary, worker } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

const PYTORCH_MLP = fileURLToPath(new URL('../data/onnx/pytorch-mlp.onnx', import.meta.url));

/** 1,797 digits of 8x8, of which a fifth is held out. */
const place = new Workplace({
  name: 'digits-mlp',
  data: '{ source: digits.csv.gz, format: { type: csv, header: false }, target: { column: 64, type: class }, features: { normalize: { divide: 16 } } }',
  model: '{ onnx: mlp.onnx }',
  optimizer: '{ adam: { learning-rate: 0.01 } }',
  epochs: '5',
  batch: '64',
  seed: '3',
  members: '{ minimum: 2 }',
});
const ends: { coordinator?: End; grpc?: End; websocket?: End } = {};
let run: RunReader;

beforeAll(async () => {
  copyFileSync(join(DIGITS, 'digits.csv.gz'), place.path('digits.csv.gz'));
  copyFileSync(PYTORCH_MLP, place.path('mlp.onnx'));
  const coordinator = tributary([
    ...['coordinator', place.jobFile, '--runs', place.runs],
    ...['--listen', '127.0.0.1:0', '--websocket', '127.0.0.1:0'],
  ]);
  const join_ = await joinCommandOf(coordinator);
  const [, address] = await coordinator.saw(/worker --join (\S+) --websocket --fingerprint \S+$/m);
  const cache = ['--cache', place.path('cache')];
  const grpc = worker(join_, ['--name', 'over-grpc', ...cache]);
  const websocket = worker({ ...join_, address: address! }, [
    ...['--name', 'over-websocket', '--websocket', '--engine', 'wasm', ...cache],
  ]);
  ends.coordinator = await coordinator.end();
  ends.grpc = await grpc.end();
  ends.websocket = await websocket.end();
  run = readRun(join(place.runs, place.runIds()[0]!));
});

afterAll(async () => {
  run?.close();
  await killAll();
});

describe('a member over WebSocket with the wasm engine beside one over gRPC with the native one', () => {
  it('trains the run with it to its end', () => {
    const codes = [ends.coordinator, ends.grpc, ends.websocket].map((end) => end?.code);
    expect(codes).toEqual([EXIT.ok, EXIT.ok, EXIT.ok]);
    expect(ends.coordinator?.stdout).toMatch(/over-grpc joined: onnxruntime-node cpu/);
    expect(ends.coordinator?.stdout).toMatch(/over-websocket joined: onnxruntime-web wasm/);
    expect(run.run.status).toBe('completed');
  });

  it('contributes, as the other does', () => {
    const committed = run.books().filter(({ status }) => status === 'committed');
    const members = [...new Set(committed.map(({ member }) => member))];
    expect(members).toHaveLength(2);
    const rounds = run.versions().at(-1)!.round;
    for (const member of members) {
      expect(committed.filter((entry) => entry.member === member).length).toBeGreaterThan(rounds / 4);
    }
  });
});

describe('an MLP that was exported from PyTorch', () => {
  it('learns the digits, which it knew nothing of', () => {
    const accuracies = run.evaluations().map(({ metrics }) => metrics['accuracy']!);
    expect(accuracies.at(-1)).toBeGreaterThan(0.93);
  });

  it('keeps the names of its weights in the export', () => {
    const before = readModel(new Uint8Array(readFileSync(PYTORCH_MLP)));
    const after = readModel(new Uint8Array(readFileSync(join(run.directory, 'model.onnx'))));
    const names = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'];
    expect([...before.graph.initializers.keys()].sort()).toEqual([...names].sort());
    expect([...after.graph.initializers.keys()]).toEqual(expect.arrayContaining(names));
    for (const name of names) {
      const [old, trained] = [before, after].map((model) => model.graph.initializers.get(name)!);
      expect(trained!.dims).toEqual(old!.dims);
      expect(trained!.data).not.toEqual(old!.data);
    }
  });

  it('names the right class of the rows it is asked about', async () => {
    const model = join(run.directory, 'model.onnx');
    const args = ['predict', model, place.path('digits.csv.gz'), '--target', '64'];
    const end = await tributary([...args, '--json']).end();
    const rows = JSON.parse(end.stdout) as { value: string; probability: number; actual: string }[];
    expect(rows).toHaveLength(1797);
    const right = rows.filter(({ value, actual }) => value === actual).length;
    expect(right / rows.length).toBeGreaterThan(0.93);
    expect(new Set(rows.map(({ value }) => value)).size).toBe(10);
    expect(rows.every(({ probability }) => probability > 0.1 && probability <= 1)).toBe(true);
    const table = await tributary(args).end();
    expect(table.stdout).toContain(`${right} of 1797 rows`);
  });
});
