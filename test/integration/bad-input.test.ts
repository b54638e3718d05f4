import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { killAll, tributary } from '../support/processes.ts';
import { type JobLines, pointsTable, Workplace } from '../support/small-job.ts';

interface BadInput {
  readonly what: string;
  readonly job?: JobLines;
  readonly table?: string | Uint8Array;
  readonly files?: Readonly<Record<string, string>>;
  /** `run JOB` unless it says otherwise. */
  readonly args?: (place: Workplace) => string[];
  readonly code: number;
  /** What is wrong, where, and what to do. */
  readonly says: readonly RegExp[];
}

const run = ({ jobFile, runs }: Workplace): string[] => ['run', jobFile, '--workers', '1', '--runs', runs];
const check = ({ jobFile }: Workplace): string[] => ['check', jobFile];
const data = (text: string): JobLines => ({ data: `{ source: rows.csv, ${text} }` });
const label = 'target: { column: label, type: class }';
const withLine = (line: string): string => `${pointsTable(20)}${line}\n`;

const DATA: readonly BadInput[] = [
  {
    what: 'an unknown feature column',
    job: data(`${label}, features: { columns: [x, why] }`),
    code: EXIT.data,
    says: [
      /job\.yaml:2:\d+: data\.features\.columns\[\d\]: \S*rows\.csv:1: /,
      /no feature column "why".*x, y, label/,
    ],
  },
  {
    what: 'a target column that is not there',
    job: data('target: { column: labell, type: class }'),
    code: EXIT.data,
    says: [/rows\.csv:1/, /no target column "labell"/, /did you mean "label"\?/],
  },
  {
    what: 'a target that is named where there is no header',
    job: data(`format: { type: csv, header: false }, ${label}`),
    code: EXIT.job,
    says: [/job\.yaml:2:\d+: data\.target\.column/, /no name/, /header is false/, /its number from 0/],
  },
  {
    what: 'an empty file',
    table: '',
    code: EXIT.data,
    says: [/rows\.csv: The file is empty/, /data\.source/],
  },
  {
    what: 'a header without rows',
    table: 'x,y,label\n',
    code: EXIT.data,
    says: [/rows\.csv/, /header, but no row/, /header to false/],
  },
  {
    what: 'one class only',
    table: 'x,y,label\n1,2,red\n3,4,red\n5,6,red\n',
    code: EXIT.data,
    says: [/column "label"/, /same target "red"/, /two classes/],
  },
  {
    what: 'NaN in a feature',
    table: withLine('nan,1,red'),
    code: EXIT.data,
    says: [/rows\.csv:22, column "x"/, /"nan" is not a finite number/, /drop the row/],
  },
  {
    what: 'a missing value',
    table: withLine('1,,red'),
    code: EXIT.data,
    says: [/rows\.csv:22, column "y"/, /empty/, /Fill the gap or drop the row/],
  },
  {
    what: 'ragged rows',
    table: withLine('1,2'),
    code: EXIT.data,
    says: [/rows\.csv:22/, /2 fields, the first line has 3/, /quotes/],
  },
  {
    what: 'a file that is no text',
    table: Uint8Array.from({ length: 64 }, (_, index) => index % 7),
    code: EXIT.data,
    says: [/rows\.csv/, /not text/, /UTF-8/],
  },
  {
    what: 'a packed file that is cut off',
    table: gzipSync(pointsTable(2000)).subarray(0, 3000),
    code: EXIT.data,
    says: [/rows\.csv/, /Unpacking failed/, /damaged or incomplete/],
  },
  {
    what: 'a data file that is not there',
    job: { data: `{ source: nothing.csv, ${label} }` },
    code: EXIT.data,
    says: [/nothing\.csv/, /no such file/, /relative to the job file/],
  },
];

const JOB: readonly BadInput[] = [
  {
    what: 'an unknown key and a wrong type, both at once',
    job: { batch: undefined, bach: '16', epochs: 'two' },
    code: EXIT.job,
    says: [
      /job\.yaml:\d+:1: unknown key "bach"/,
      /did you mean "batch"/,
      /epochs: wrong type/,
      /found +"two"/,
      /allowed +a whole number/,
      /2 problems/,
    ],
  },
  {
    what: 'the same from check',
    job: { batch: undefined, bach: '16', epochs: 'two' },
    args: check,
    code: EXIT.job,
    says: [/unknown key "bach"/, /epochs: wrong type/, /2 problems/],
  },
  {
    what: 'a file that is no YAML',
    job: { model: '{ layers: [' },
    args: check,
    code: EXIT.job,
    says: [/job\.yaml:\d+:\d+/],
  },
  {
    what: 'neither epochs nor rounds',
    job: { epochs: undefined },
    args: check,
    code: EXIT.job,
    says: [/epochs/, /rounds/],
  },
  {
    what: 'a job file that is not there',
    args: ({ runs }) => ['run', 'nothing.yaml', '--runs', runs],
    code: EXIT.file,
    says: [/no such file.*nothing\.yaml/],
  },
  {
    what: 'arguments that do not go together',
    args: ({ jobFile, runs }) => ['run', jobFile, '--runs', runs, '--workers', 'many'],
    code: EXIT.usage,
    says: [/--workers/, /'many' is not a whole number/],
  },
];

const MODEL: readonly BadInput[] = [
  {
    what: 'a shape that does not fit the columns',
    job: data(`${label}, features: { shape: [1, 8, 8] }`),
    code: EXIT.data,
    says: [/shape \[1, 8, 8\] has 64 values, but there are 2/, /Make the product of the shape/],
  },
  {
    what: 'layers that end with another width than the classes',
    job: { model: '{ layers: [{ dense: 5 }] }' },
    code: EXIT.model,
    says: [
      /job\.yaml:3:\d+: model\.layers\[0\]\.dense: /,
      /\[batch, 5\].*\[batch, 2\] for 2 classes/,
      /end with `- dense: 2`/,
    ],
  },
  {
    what: 'a convolution over features without a shape',
    job: { model: '{ layers: [{ conv: { filters: 4, kernel: 3 } }, flatten, { dense: 2 }] }' },
    code: EXIT.model,
    says: [/job\.yaml:3:\d+: model\.layers\[0\]\.conv: /, /\[batch, 2\]/, /set data\.features\.shape/],
  },
  {
    what: 'a model file that is no ONNX model',
    job: { model: '{ onnx: model.onnx }' },
    files: { 'model.onnx': 'hello there' },
    code: EXIT.model,
    says: [/model\.onnx/, /not an ONNX model/],
  },
  {
    what: 'a model file that is not there',
    job: { model: '{ onnx: nothing.onnx }' },
    code: EXIT.file,
    says: [/no such file.*nothing\.onnx/],
  },
  {
    what: 'a folder in place of a model file',
    job: { model: '{ onnx: . }' },
    code: EXIT.file,
    says: [/this is a folder: \//],
  },
  {
    what: 'a Git LFS pointer in place of a model file',
    job: { model: '{ onnx: model.onnx }' },
    files: { 'model.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n' },
    code: EXIT.model,
    says: [/model\.onnx/, /git lfs pull/],
  },
  {
    what: 'a layer of more weights than any memory has',
    job: { model: '{ layers: [{ dense: 10000000000 }, { dense: 2 }] }' },
    code: EXIT.model,
    says: [
      /job\.yaml:3:\d+: model\.layers\[0\]\.dense: /,
      /weight \[10000000000, 2\] would have 20000000000 numbers/,
    ],
  },
  {
    what: 'a model to predict with that is no ONNX model',
    files: { 'model.onnx': 'hello there' },
    args: (place) => ['predict', place.path('model.onnx'), place.path('rows.csv')],
    code: EXIT.model,
    says: [/model\.onnx/, /not an ONNX model/],
  },
];

const RUN: readonly BadInput[] = [
  ...['resume', 'export', 'show'].map((command) => ({
    what: `${command} of an unknown run`,
    args: ({ runs }: Workplace) => [command, 'nothing-here', '--runs', runs],
    code: EXIT.noRun,
    says: [/no run in .*nothing-here/, /'npx tributary runs' lists/],
  })),
];

afterAll(killAll);

describe.concurrent.each([
  ['data', DATA],
  ['job', JOB],
  ['model', MODEL],
  ['run', RUN],
])('wrong %s', (_, cases) => {
  it.each(cases)('$what', async ({ job, table, files = {}, args = run, code, says }) => {
    const place = new Workplace(job, table);
    for (const [name, content] of Object.entries(files)) place.write(name, content);
    const end = await tributary(args(place)).end();
    for (const pattern of says) expect(end.stderr).toMatch(pattern);
    expectClean(end, place);
    expect(end.code).toBe(code);
  });
});

describe('a port that is taken', () => {
  let server: Server;
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  it.concurrent.each(['--listen', '--websocket', '--metrics'])('of %s', async (option) => {
    server ??= createServer();
    const address = await listening(server);
    const place = new Workplace();
    const listen = option === '--listen' ? [] : ['--listen', '127.0.0.1:0'];
    const args = ['coordinator', place.jobFile, '--runs', place.runs, ...listen, option, address];
    const end = await tributary(args).end();
    expect(end.stderr).toContain(address);
    expect(end.stderr).toMatch(/another program/i);
    expect(end.stderr).toMatch(/another port/);
    expectClean(end, place);
    expect(end.code).toBe(EXIT.address);
  });
});

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    const report = (): void => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(`127.0.0.1:${address.port}`);
    };
    if (server.listening) return report();
    server.once('listening', report);
    if (!server.eventNames().includes('error')) server.listen(0, '127.0.0.1');
  });
}

/** No stack trace, nothing on stdout, no run that was begun, no half-written file. */
function expectClean(end: { readonly stdout: string; readonly stderr: string }, place: Workplace): void {
  expect(end.stderr).not.toMatch(/^\s+at /m);
  expect(end.stderr).not.toMatch(/Please report/);
  expect(end.stdout).toBe('');
  expect(place.runIds()).toEqual([]);
  const cache = join(place.runs, '.data');
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    expect(readdirSync(join(cache, name)).sort()).toEqual(['manifest.json', 'rows.bin']);
  }
}
