import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { register as check } from '../../../cli/commands/check.ts';
import { register as exportRun } from '../../../cli/commands/export.ts';
import { register as generate } from '../../../cli/commands/generate.ts';
import { register as inspect } from '../../../cli/commands/inspect.ts';
import { register as record } from '../../../cli/commands/record.ts';
import { register as runs } from '../../../cli/commands/runs.ts';
import { register as show } from '../../../cli/commands/show.ts';
import { showError } from '../../../cli/errors.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { versionName } from '../../../coordinator/export/export-run.ts';
import { statusOf } from '../../../coordinator/store/run-status.ts';
import { createRun, openRun } from '../../../coordinator/store/sqlite-store.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { batchNormModel } from '../../support/batch-norm.ts';
import { checkpointOf, entryOf, RUN } from '../coordinator/store/contract.ts';
import { encode, graph, node } from '../onnx/inspect/hostile-models.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-commands-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** What a command prints to stdout. */
async function printed(...args: readonly string[]): Promise<string> {
  const program = new Command().exitOverride();
  for (const register of [check, exportRun, generate, inspect, record, runs, show]) register(program);
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return text;
}

test('runs and show look into a run while its coordinator has it open', async () => {
  const store = createRun(join(folder, RUN.id), RUN);
  expect(await printed('show', RUN.id, '--runs', folder)).toContain('nothing has been committed yet');
  await store.commit(checkpointOf(3, { loss: 0.5, accuracy: 0.9 }), [entryOf('a1', 1), entryOf('a2', 1)]);
  store.book([entryOf('a3', 1, 'late')]);
  store.recordEvaluation({
    incarnation: 1,
    version: 3,
    round: 6,
    epoch: 1,
    at: 1,
    metrics: { loss: 0.5, accuracy: 0.9 },
  });

  const list = await printed('runs', '--runs', folder);
  expect(list).toContain('│ r1  │ running │');
  expect(list).toContain('accuracy 90.00 %');

  const text = await printed('show', RUN.id, '--runs', folder);
  expect(text).toContain('r1 (digits): running');
  expect(text).toContain('last commit: version 3 after round 6');
  expect(text).toContain('updates: 2 committed, 1 late');
  expect(text).toContain('│ 1     │ 6     │ 3       │ 90.00 %  │ 0.5000 │');
  expect(text).not.toContain('tributary resume');
  expect(text).toContain(`npx tributary export r1 --runs ${folder}`);
  expect(await printed('show', RUN.id, '--runs', folder, '--job')).toBe(RUN.jobText);

  const json = JSON.parse(await printed('show', RUN.id, '--runs', folder, '--json'));
  expect(json).toMatchObject({
    id: 'r1',
    versions: [{ version: 3 }],
    evaluations: [{ epoch: 1 }],
    updates: { committed: 2, late: 1 },
  });
  // The coordinator was not disturbed.
  await store.commit(checkpointOf(4), []);
  store.close();
});

test('show names the best commit, and which one export takes', async () => {
  const jobText =
    'name: x\ndata: { source: x.csv, target: { column: y, type: class } }\n' +
    'model: { layers: [{ dense: 2 }] }\nloss: cross-entropy\nepochs: 5\n';
  const store = createRun(join(folder, RUN.id), { ...RUN, jobText }, { keep: 3, best: 'accuracy' });
  const evaluated = async (version: number, accuracy: number) => {
    store.recordEvaluation({
      ...{ incarnation: 1, version, round: version * 2, epoch: version, at: 1, metrics: { accuracy } },
    });
    await store.commit(checkpointOf(version, { accuracy }), []);
    return await printed('show', RUN.id, '--runs', folder);
  };
  const first = await evaluated(1, 0.9);
  expect(first).toContain('best by accuracy: 90.00 % after epoch 1, round 2 (version 1)');
  expect(first).toContain('export takes it, as it is the last commit');
  expect(first).not.toContain('--version best');
  const second = await evaluated(2, 0.8);
  expect(second).toContain('best by accuracy: 90.00 % after epoch 1, round 2 (version 1)');
  expect(second).toContain('export takes the last commit, version 2, unless told otherwise: --version best');
  expect(second).toContain(`npx tributary export r1 --runs ${folder} --version best`);
  store.close();
});

test('show names the worst classes of each output, of the newest evaluation', async () => {
  const store = createRun(join(folder, RUN.id), RUN);
  await store.commit(checkpointOf(3, {}), []);
  const evaluation = { incarnation: 1, round: 6, epoch: 1, at: 1, metrics: { loss: 0.5 } };
  const classes = (found: number) => [
    {
      output: 'digit',
      classes: [
        { name: 'one', rows: 30, found, takenFor: { name: 'two', rows: 30 - found } },
        { name: 'two', rows: 20, found: 20 },
      ],
    },
  ];
  store.recordEvaluation({ ...evaluation, version: 2 }, classes(15));
  store.recordEvaluation({ ...evaluation, version: 3 }, classes(27));
  const text = await printed('show', RUN.id, '--runs', folder);
  expect(text).toContain('Worst classes of digit\n  one  recall 90.00 % of 30 rows, 3 taken for two\n');
  expect(text).not.toContain('50.00 %');
  const json = JSON.parse(await printed('show', RUN.id, '--runs', folder, '--json'));
  expect(json.classes).toEqual({ incarnation: 1, version: 3, outputs: classes(27) });
  store.recordEvaluation({ ...evaluation, version: 4 });
  expect(await printed('show', RUN.id, '--runs', folder)).not.toContain('Worst');
  store.close();
});

test('of many metrics runs and show print as many as the line holds, and say how many more there are', async () => {
  const store = createRun(join(folder, RUN.id), RUN);
  const many = Array.from({ length: 12 }, (_, index) => [`output-${index}.precision`, 0.5]);
  const metrics = { loss: 0.5, ...Object.fromEntries(many), accuracy: 0.9 };
  await store.commit(checkpointOf(3, metrics), []);
  store.recordEvaluation({ incarnation: 1, version: 3, round: 6, epoch: 1, at: 1, metrics });
  for (const text of [
    await printed('runs', '--runs', folder),
    await printed('show', RUN.id, '--runs', folder),
  ]) {
    const lines = text.split('\n').filter((line) => line.startsWith('│'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(process.stdout.columns ?? 100);
    expect(text).toMatch(/accuracy.*loss/);
    expect(text).toMatch(/… \d+ more/);
  }
  store.close();
});

test.each([80, 100])('a list of runs was 134 columns wide and broke: it fits %i columns', async (columns) => {
  const id = 'digits-strips-20261126-070736-e49a';
  const store = createRun(join(folder, id), { ...RUN, id, name: 'digits-strips' });
  await store.commit(checkpointOf(930, { loss: 0.1173, accuracy: 0.9098, 'label-error-rate': 0.0386 }), []);
  store.close();
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
  Object.defineProperty(process.stdout, 'columns', { value: columns, configurable: true });
  try {
    const text = await printed('runs', '--runs', folder);
    const lines = text.split('\n').filter((line) => /^[│┌├└]/.test(line));
    expect(lines.length).toBeGreaterThan(3);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(text).toContain(`│ ${id} │ interrupted │`);
    expect(text).toMatch(/Too wide for this line: started.*--json has them/);
    expect(text.includes('accuracy 90.98 %')).toBe(true);
  } finally {
    if (before) Object.defineProperty(process.stdout, 'columns', before);
    else Reflect.deleteProperty(process.stdout, 'columns');
  }
});

test('a run whose coordinator died is interrupted, and says how it goes on', async () => {
  const directory = join(folder, RUN.id);
  const store = createRun(directory, RUN);
  expect(statusOf(directory, store.run)).toBe('running');
  // The lock goes with the process; nothing is written any more.
  store.close();

  const list = await printed('runs', '--runs', folder);
  expect(list).toContain('│ r1  │ interrupted │');
  expect(list).toContain(`npx tributary resume r1 --runs ${folder}`);
  expect(JSON.parse(await printed('runs', '--runs', folder, '--json'))).toMatchObject([
    { status: 'interrupted' },
  ]);
  const text = await printed('show', RUN.id, '--runs', folder);
  expect(text).toContain('r1 (digits): interrupted');
  expect(text).toContain(`npx tributary resume r1 --runs ${folder}`);
  expect(JSON.parse(await printed('show', RUN.id, '--runs', folder, '--json'))).toMatchObject({
    status: 'interrupted',
  });

  // It can be gone on with, and then runs.
  const again = openRun(directory);
  expect(statusOf(directory, again.run)).toBe('running');
  again.finish('stopped', 'asked to stop');
  expect(await printed('show', RUN.id, '--runs', folder)).toContain('r1 (digits): stopped: asked to stop');
  again.close();
});

test('an interrupted run of participants, and a simulated one, go on in their own way', async () => {
  const jobText =
    'name: x\ndata: { held-by: members, target: { column: y, classes: [a, b] }, features: { columns: [u] } }\n' +
    'model: { layers: [{ dense: 2 }] }\nloss: cross-entropy\nrounds: 5\nstrategy: fedavg\n';
  createRun(join(folder, RUN.id), { ...RUN, jobText }).close();
  expect(await printed('runs', '--runs', folder)).toContain(
    `npx tributary coordinator --resume r1 --runs ${folder}`,
  );
  writeFileSync(join(folder, RUN.id, 'simulated'), '{}');
  const simulated = await printed('runs', '--runs', folder);
  expect(simulated).toContain('npx tributary simulate JOB.yaml');
  expect(simulated).not.toContain('resume');
  const store = openRun(join(folder, RUN.id));
  expect(await printed('show', RUN.id, '--runs', folder)).not.toContain('participants need');
  const metrics = { accuracy: 0.5 };
  store.recordEvaluation({ incarnation: 1, version: 3, round: 6, epoch: 0, at: 1, metrics });
  expect(await printed('show', RUN.id, '--runs', folder)).toContain('│ round │ version │ accuracy │');
  store.close();
});

test('a record that is not there', async () => {
  const error: unknown = await printed('record', 'nope', '--state', folder).catch((error: unknown) => error);
  expect(showError(error, false)).toMatchObject({ code: EXIT.noRun, text: expect.stringContaining('nope') });
});

test('no runs, and a run that is not there', async () => {
  expect(await printed('runs', '--runs', join(folder, 'none'))).toContain('There are no runs');
  await expect(printed('show', 'nope', '--runs', folder)).rejects.toMatchObject({
    name: 'StoreError',
    code: 'not-found',
  });
});

test('check says what a job is, or what is wrong with it', async () => {
  expect(await printed('check', 'examples/digits/job.yaml')).toContain('digits: 12 layers, cross-entropy');
  expect(JSON.parse(await printed('check', 'examples/digits/job.yaml', '--json'))).toMatchObject({
    name: 'digits',
    batch: 64,
  });
  const federated = await printed('check', 'examples/federated-digits/job.yaml');
  expect(federated).toContain('  64 features, 10 classes; 17258 parameters');
  expect(federated).not.toContain('held out');
  expect(federated).toContain(
    'simulation: 100 virtual participants with 1438 rows (dirichlet); 359 rows to evaluate with',
  );
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'file'));
  writeFileSync(join(folder, 'file'), '');
  expect(await printed('check', 'examples/digits/job.yaml')).toMatch(
    /workers on this machine cannot start. Fetched rows .*a part of the path is no folder/,
  );
  vi.unstubAllEnvs();
  const coupled = join(folder, 'coupled.yaml');
  const data = '{ source: a.csv, target: { type: number, columns: [x, y] } }';
  writeFileSync(coupled, `name: x\ndata: ${data}\nmodel: mlp\nloss: info-nce\nepochs: 1\n`);
  const once = await printed('check', '--no-data', coupled);
  expect(once).toContain('depends on how many members there are');
  expect(once).toContain(', 1 epoch, ');
  const asking = 'data: { held-by: members, target: { column: y }, features: { columns: [a, b] } }';
  writeFileSync(
    coupled,
    `name: x\n${asking}\nmodel: mlp\nloss: cross-entropy\nstrategy: fedavg\nrounds: 1\n`,
  );
  expect(await printed('check', '--no-data', coupled)).toMatch(
    /1 round,.*asked of the first of them before/s,
  );
  expect(await printed('check', 'examples/digits-strips/job.yaml')).toContain(
    '480 features, read in 24 steps: 10 symbols and the blank; 66443 parameters',
  );
  expect(await printed('check', '--no-data', 'examples/digits/job.yaml')).not.toContain('how many members');
  writeFileSync(
    coupled,
    `name: x\ndata: ${data}\nmodel: mlp\nloss: mse\nepochs: 1\nmemory: { precision: mixed }\n`,
  );
  expect(await printed('check', '--no-data', coupled)).toMatch(
    /precision: float16 with loss scaling on .*cpu and wasm train in float32/,
  );
  expect(await printed('check', '--no-data', 'examples/digits/job.yaml')).not.toContain('precision');
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, 'name: x\nbatch: -1\n');
  await expect(printed('check', file)).rejects.toMatchObject({ name: 'JobError' });
});

describe('inspect', () => {
  const digits = 'examples/fine-tune/digits-0-4.onnx';
  afterEach(() => {
    process.exitCode = undefined;
  });

  test('says in words what a model is, and what training it would send away', async () => {
    const text = await printed('inspect', digits, '--batch', '8');
    expect(text).toMatch(/^digits-0-4.onnx: accepted\n/);
    expect(text).toContain('convolution 3 x 3, 1 to 16 channels');
    expect(text).toContain('In each update 22,365 numbers: 89.5 kB');
    expect(text).toContain('Memory for a batch of 8');
    expect(text).toContain('Never a row, a column or a file of the data');
    expect(text).not.toContain('\u001b');
    expect(process.exitCode).toBeUndefined();
  });

  test('gives everything as JSON', async () => {
    const found = JSON.parse(await printed('inspect', digits, '--json'));
    expect(found).toMatchObject({ verdict: 'accepted', trainable: 22_365, operators: { Conv: 2, Gemm: 2 } });
    expect(found.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('refuses beyond a limit, says which, and ends with a number of its own', async () => {
    const text = await printed('inspect', digits, '--limit', 'memory=1e6', '--limit', 'nodes=100');
    expect(text).toMatch(/^digits-0-4.onnx: refused\n/);
    expect(text).toContain("allowed are 1,000,000 (limit 'memory')");
    expect(text).toContain("can raise the limit 'memory'");
    expect(process.exitCode).toBe(EXIT.inspection);
    expect(JSON.parse(await printed('inspect', digits, '--json', '--limit', 'bytes=100'))).toMatchObject({
      verdict: 'refused',
      code: 'limit',
      bytes: 90_971,
    });
  });

  test('what is no model, and what is no file', async () => {
    expect(await printed('inspect', 'package.json')).toContain('package.json: refused');
    expect(process.exitCode).toBe(EXIT.inspection);
    await expect(printed('inspect', join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('names the option for one’s own file that keeps data in another', async () => {
    const w = {
      name: 'w',
      dims: [4, 2],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'w.data' }],
    };
    const path = join(folder, 'own.onnx');
    writeFileSync(path, encode(graph([node('MatMul', ['x', 'w'])], [w])));
    writeFileSync(join(folder, 'w.data'), new Uint8Array(32));
    let hint = '';
    const listen = () =>
      vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
        hint += String(text);
        return true;
      });
    listen();
    expect(await printed('inspect', path)).toContain('keeps its data in another file, which is never read');
    expect(hint).toBe('If the model is your own, --external-data takes those files into account.\n');
    hint = '';
    listen();
    expect(await printed('inspect', path, '--external-data')).not.toContain('never read');
    expect(hint).toBe('');
  });

  test('numbers that it does not understand', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    for (const wrong of [
      ['--limit', 'memory'],
      ['--limit', 'ram=5'],
      ['--limit', 'memory=-1'],
      ['--size', 'time=1.5'],
      ['--batch', '0'],
    ])
      await expect(printed('inspect', digits, ...wrong), wrong.join(' ')).rejects.toMatchObject({
        code: 'commander.invalidArgument',
      });
    await expect(printed('inspect', digits, '--size', 'time=5')).rejects.toThrow("no open size 'time'");
    await expect(printed('inspect', digits, '--size', 'n=5')).rejects.toThrow('--batch says it');
  });
});

test('show runs/RUN was sought in runs/runs/RUN: a run is named by its folder too', async () => {
  createRun(join(folder, RUN.id), RUN).close();
  const text = await printed('show', join(folder, RUN.id));
  expect(text).toContain('nothing has been committed yet');
  expect(text).toContain(`npx tributary show r1 --runs ${folder} --job`);
  // It has no job file to go by, which is looked for in its folder.
  for (const name of ['export', 'generate']) {
    const error: unknown = await printed(name, join(folder, RUN.id)).catch((reason: unknown) => reason);
    expect(String(error)).toContain(join(folder, RUN.id));
    expect(String(error)).not.toMatch(/There is no|is a folder|EISDIR/);
  }
});

test('inspect RUN looks at the model of the run', async () => {
  const store = createRun(join(folder, RUN.id), RUN);
  await store.commit(checkpointOf(3), []);
  const builder = new GraphBuilder();
  builder.input('features', 'float32', ['batch', 2]);
  const w = builder.initializer('w', float32([2, 2], [1, 2, 3, 4]));
  builder.output(builder.op('MatMul', ['features', w], {}, 'prediction'));
  const metadata = { 'tributary.version': versionName(store.versions().at(-1)!) };
  store.close();
  writeFileSync(join(folder, RUN.id, 'model.onnx'), writeModel(builder.build({ name: 'm', metadata })));
  for (const given of [[RUN.id, '--runs', folder], [join(folder, RUN.id)]]) {
    const found = JSON.parse(await printed('inspect', ...given, '--json'));
    expect(found).toMatchObject({ verdict: 'accepted' });
  }
});

test.each([['--out', 'lora.onnx'], ['--webgpu']])(
  'export --adapters ignored %s without a word',
  async (...beside) => {
    const given = [
      'export',
      RUN.id,
      '--runs',
      folder,
      '--adapters',
      join(folder, 'lora.safetensors'),
      ...beside,
    ];
    const error = await printed(...given).catch((thrown: unknown) => thrown);
    expect(showError(error, false)).toEqual({
      code: EXIT.usage,
      text: `error: --adapters writes only the adapters, and ${beside[0]} is of the whole model: export twice, once with each.`,
    });
  },
);

test('check counted the statistics of batch normalisation as weights that train', async () => {
  writeFileSync(join(folder, 'norm.onnx'), writeModel(batchNormModel()));
  writeFileSync(join(folder, 'rows.csv'), 'a,b,c\n1,2,0\n2,3,1\n3,4,0\n4,5,1\n5,6,0\n6,7,1\n');
  const job = join(folder, 'norm.yaml');
  const checked = (onnx: string) => {
    const data = 'data: { source: rows.csv, target: { column: c, type: class } }';
    writeFileSync(
      job,
      ['name: x', 'epochs: 1', data, `model: { onnx: ${onnx} }`, 'loss: cross-entropy'].join('\n'),
    );
    return printed('check', job);
  };
  const text = await checked('norm.onnx');
  expect(text).toContain(
    '4 weights found in the file: 2 train, 0 are frozen, 2 statistics of batch normalisation follow the data',
  );
  expect(text).toMatch(/trains {2}scale +\[2\]/);
  expect(text).toMatch(/follows mean +\[2\]/);
  const frozen = await checked('{ path: norm.onnx, batch-norm: frozen }');
  expect(frozen).toMatch(/2 train, 2 are frozen$/m);
});
