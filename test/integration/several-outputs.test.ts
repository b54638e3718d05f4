import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { readRun } from '../../coordinator/store/read-run.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { temporaryFolder } from '../support/digits.ts';
import { participate } from '../support/participants.ts';
import { killAll, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

const TABLE = fileURLToPath(new URL('../../examples/digits-parity/digits-parity.csv.gz', import.meta.url));
const TWO_HEADS = fileURLToPath(new URL('../data/onnx/pytorch-two-heads.onnx', import.meta.url));

afterEach(killAll);

const HEADS = `{ layers: [${[
  '{ dense: 48 }, relu, { label: trunk }, { dense: 10 }, { label: digit }',
  '{ from: trunk }, { dense: 1 }, { label: even }',
].join(', ')}] }`;

const LINES = {
  name: 'heads',
  model: HEADS,
  loss: undefined,
  losses: '{ digit: cross-entropy, even: { binary-cross-entropy: {}, weight: 0.3 } }',
  optimizer: '{ adam: 0.005 }',
};

describe('a run whose model has two outputs', () => {
  it('learns both on two workers, and hands out a file that has both', async () => {
    const place = new Workplace(
      {
        ...LINES,
        data: '{ source: rows.csv, features: { normalize: { divide: 16 } }, targets: { digit: { column: digit }, even: { column: even, type: binary } } }',
        epochs: '6',
        batch: '32',
        evaluate: '{ metrics: [digit.macro-f1] }',
        'early-stopping': '{ metric: digit.accuracy, patience: 6 }',
        checkpoint: '{ best: even.accuracy }',
      },
      gunzipSync(readFileSync(TABLE)),
    );
    const end = await tributary(['run', place.jobFile, '--workers', '2', '--runs', place.runs]).end();
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('digit.accuracy');
    const [id] = place.runIds();
    const shown = await tributary(['show', id!, '--runs', place.runs]).end();
    for (const output of ['digit', 'even']) {
      const worst = new RegExp(`^Worst classes of ${output}\n  \\S+ +recall [\\d.]+ % of \\d+ rows`, 'm');
      expect(end.stdout).toMatch(worst);
      expect(shown.stdout).toMatch(worst);
    }
    const run = readRun(join(place.runs, id!));
    const { metrics } = run.evaluations().at(-1)!;
    run.close();
    // Ten classes by chance: 0.1; even and odd: 0.5.
    expect(metrics['digit.accuracy']).toBeGreaterThan(0.85);
    expect(metrics['even.accuracy']).toBeGreaterThan(0.75);
    expect(metrics['digit.macro-f1']).toBeGreaterThan(0.85);
    expect(metrics['loss']).toBeCloseTo(metrics['digit.loss']! + 0.3 * metrics['even.loss']!, 5);

    const file = join(place.runs, id!, 'model.onnx');
    const model = readModel(new Uint8Array(readFileSync(file)));
    const outputs = ['digit', 'digit_probabilities', 'even', 'even_probabilities'];
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(outputs);
    expect(model.metadata).toMatchObject({ 'tributary.target': 'several' });
    const args = ['predict', file, place.path('rows.csv'), '--target', 'digit', '--target', 'even'];
    const asked = await tributary(args).end();
    expect(asked).toMatchObject({ code: 0 });
    const right = [...asked.stdout.matchAll(/(\w+): (\d+) of 1797 rows as the table says/g)];
    expect(right.map(([, name]) => name)).toEqual(['digit', 'even']);
    expect(right.every(([, , count]) => Number(count) > 1350)).toBe(true);
  });

  it('trains a file of PyTorch’s on, and hands it out with the names that it had', async () => {
    const place = new Workplace(
      {
        ...LINES,
        model:
          '{ onnx: { path: two-heads.onnx, outputs: { digit: digit.logits, even: { output: is_even, head: { layers: [{ dense: 1 }] } } } } }',
        data: '{ source: rows.csv, features: { normalize: { divide: 16 } }, targets: { digit: { column: digit }, even: { column: even, type: binary } } }',
        epochs: '6',
        batch: '32',
      },
      gunzipSync(readFileSync(TABLE)),
    );
    copyFileSync(TWO_HEADS, place.path('two-heads.onnx'));
    const end = await tributary(['run', place.jobFile, '--workers', '1', '--runs', place.runs]).end();
    expect(end).toMatchObject({ code: 0 });
    const [id] = place.runIds();
    const file = place.path('out.onnx');
    const exported = await tributary(['export', id!, '--runs', place.runs, '--out', file]).end();
    expect(exported).toMatchObject({ code: 0 });
    const { graph } = readModel(new Uint8Array(readFileSync(file)));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['pixels']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['digit.logits', 'is_even']);
    expect([...graph.initializers.keys()]).toEqual(expect.arrayContaining(['trunk.weight', 'which.bias']));
    const asked = await tributary([
      'predict',
      file,
      place.path('rows.csv'),
      '--target',
      'digit',
      '--target',
      'even',
    ]).end();
    expect(asked).toMatchObject({ code: 0 });
    const right = [...asked.stdout.matchAll(/(\w+): (\d+) of 1797 rows as the table says/g)];
    expect(right.map(([, name]) => name)).toEqual(['digit', 'even']);
    expect(right.every(([, , count]) => Number(count) > 1350)).toBe(true);
  });

  it('reads labels to the ends of their rows, beside a class, and both of a file with beams', async () => {
    const random = createRandom(4);
    const wordOf = (length: number) =>
      Array.from({ length }, () => 'ab'[Math.floor(random.next() * 2)]!).join('');
    // Five times silence and a symbol, three numbers a step; nothing but the length says how many of them are the label.
    const rows = Array.from({ length: 240 }, () => {
      const word = wordOf(5);
      const label = word.slice(0, 1 + Math.floor(random.next() * 3));
      const steps = [...word].flatMap((symbol) =>
        ['', symbol].map((heard) =>
          [...'abc'].map((each) => (Number(each === heard) + 0.2 * random.next()).toFixed(2)),
        ),
      );
      return [...steps.flat(), 2 * label.length, label, word.at(-1)].join(',');
    });
    const header = [...Array.from({ length: 30 }, (_, at) => `x${at}`), 'steps', 'label', 'last'].join(',');
    const layers = [
      '{ gru: { units: 16, bidirectional: true } }, { dense: 3 }, { label: read }',
      '{ from: features }, flatten, { dense: 2 }, { label: last }',
    ];
    const place = new Workplace(
      {
        ...{ name: 'labels', loss: undefined, model: `{ layers: [${layers.join(', ')}] }` },
        data: '{ source: rows.csv, features: { shape: [10, 3], lengths: steps }, targets: { read: { column: label, type: symbols, length: 3 }, last: { column: last } } }',
        losses: '{ read: { ctc: { blank: 1 }, weight: 0.5 }, last: cross-entropy }',
        optimizer: '{ adamw: { learning-rate: 0.02 } }',
        epochs: '10',
        batch: '16',
        checkpoint: '{ best: read.label-error-rate }',
      },
      Buffer.from(`${header}\n${rows.join('\n')}\n`),
    );
    const end = await tributary(['run', place.jobFile, '--workers', '1', '--runs', place.runs]).end();
    expect(end).toMatchObject({ code: 0 });
    const [id] = place.runIds();
    const run = readRun(join(place.runs, id!));
    const { metrics } = run.evaluations().at(-1)!;
    run.close();
    // Reading nothing is a rate of 1; the same job without `lengths` comes to 0.43.
    expect(metrics['read.label-error-rate']).toBeLessThan(0.2);
    expect(metrics['last.accuracy']).toBeGreaterThan(0.8);
    const file = join(place.runs, id!, 'model.onnx');
    const { metadata } = readModel(new Uint8Array(readFileSync(file)));
    expect(metadata['tributary.lengths']).toBe('{"column":30,"places":10}');
    expect(JSON.parse(metadata['tributary.outputs']!)[0]).toMatchObject({ kind: 'symbols', blank: 1 });
    const args = ['predict', file, place.path('rows.csv'), '--target', 'label', '--target', 'last'];
    const asked = await tributary([...args, '--beams', '4', '--json']).end();
    expect(asked).toMatchObject({ code: 0 });
    const answers = JSON.parse(asked.stdout) as { read: { value: string; actual: string } }[];
    expect(answers.filter(({ read }) => read.value === read.actual).length).toBeGreaterThan(190);
    expect(answers[0]).toMatchObject({
      read: { probability: expect.any(Number), alternatives: { length: 3 } },
    });
    writeFileSync(
      place.path('long.csv'),
      `${header}\n${rows[0]}\n${rows[1]!.replace(/,\d+,([ab]+,[ab])$/, ',11,$1')}\n`,
    );
    const long = await tributary(['predict', file, place.path('long.csv'), '--target', 'label']).end();
    expect(long).toMatchObject({ code: 4 });
    expect(long.stderr).toMatch(/Row 1: The length 11 is no number of places: a row has 10/);
  });

  it('is trained by participants on rows of their own, who are asked for the classes', async () => {
    const columns = Array.from({ length: 64 }, (_, pixel) => `p${pixel}`).join(', ');
    const place = new Workplace({
      ...LINES,
      data: `{ held-by: members, features: { columns: [${columns}], normalize: standardize }, targets: { digit: { column: digit }, even: { column: even, type: binary } } }`,
      strategy: '{ fedavg: { epochs: 2 } }',
      optimizer: '{ sgd: 0.1 }',
      epochs: undefined,
      rounds: '8',
      batch: '16',
      members: '{ minimum: 2 }',
      evaluate: '{ every: { rounds: 8 } }',
    });
    const joinFile = place.path('join.json');
    const coordinator = tributary([
      ...['coordinator', place.jobFile, '--listen', '127.0.0.1:0', '--runs', place.runs],
      ...['--join-file', joinFile],
    ]);
    const [head, ...lines] = gunzipSync(readFileSync(TABLE)).toString().trim().split('\n');
    const folder = temporaryFolder();
    const members = [0, 1].map((half) => {
      const data = join(folder, `half-${half}.csv`);
      writeFileSync(data, `${[head, ...lines.filter((_, row) => row % 2 === half)].join('\n')}\n`);
      return participate({ name: `half-${half}`, data, state: temporaryFolder() }, joinFile);
    });
    expect((await coordinator.end()).code).toBe(0);
    const ends = await Promise.all(members.map((member) => member.end()));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    const shown = `${ends[0]!.stdout}${ends[0]!.stderr}`;
    expect(shown).toContain('each value of each of digit, even, and how many rows have it');
    expect(shown).toContain('column digit, one of 10 classes');
    expect(shown).toContain('0.3 × binary-cross-entropy of even');
    const [id] = place.runIds();
    const run = readRun(join(place.runs, id!));
    const { metrics } = run.evaluations().at(-1)!;
    run.close();
    expect(metrics['digit.accuracy'] ?? metrics['participants-digit.accuracy']).toBeGreaterThan(0.7);
  });
});
