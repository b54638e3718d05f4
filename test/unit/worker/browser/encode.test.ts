import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { describeRun } from '../../../../coordinator/run/description.ts';
import { DatasetFile } from '../../../../node/data/block-file.ts';
import { ingest } from '../../../../node/data/ingest.ts';
import type { DataError } from '../../../../shared/data/data-error.ts';
import { encodeOwn } from '../../../../worker/browser/data/encode.ts';
import type { OwnData } from '../../../../worker/browser/data/messages.ts';
import { DIGITS, temporaryFolder } from '../../../support/digits.ts';
import { digitTables, federatedJob } from '../../../support/federated.ts';

const job = federatedJob();
const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
const run = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, {
  declared: { classes },
  heldOut: 'all',
});
const { recipe, manifest } = describeRun(job, await DatasetFile.open(run.directory), undefined);
const encode = (data: OwnData) => encodeOwn({ type: 'encode', data, recipe, manifest });

it('makes the same bytes of a table as Node does, gzipped or not', async () => {
  const [table] = digitTables(3);
  const own = await ingest({ ...recipe.data, source: table! }, '/', temporaryFolder(), recipe.seed, {
    declared: { classes },
  });
  const stored = await DatasetFile.open(own.directory);
  const text = readFileSync(table!);
  for (const bytes of [text, gzipSync(text)]) {
    const rows = await encode({ kind: 'table', file: new Blob([bytes]), name: 'mine.csv' });
    expect(rows.manifest).toEqual(own.manifest);
    for (const [index, block] of rows.blocks.entries()) {
      expect(Buffer.compare(block, stored.readBlock(index))).toBe(0);
    }
    expect(rows.classes!.reduce((sum, one) => sum + one.rows, 0)).toBe(own.manifest.rows);
  }
  stored.close();
});

it('says where a table does not fit, as Node does', async () => {
  const lines = readFileSync(digitTables(3)[0]!, 'utf8').trim().split('\n');
  const folder = temporaryFolder();
  const bad: [string, string][] = [
    ['a cell', withLine(lines, 3, lines[3]!.replace(',', ',x')).join('\n')],
    ['a class', withLine(lines, 5, `${'0,'.repeat(64)}11`).join('\n')],
    ['a short row', withLine(lines, 7, '1,2,3').join('\n')],
    ['a quote', withLine(lines, 2, `"${lines[2]}`).join('\n')],
    ['zero bytes', 'a\0b,c'],
    ['nothing', ''],
  ];
  for (const [what, text] of bad) {
    const file = join(folder, 'bad.csv');
    writeFileSync(file, text);
    const here = await encode({ kind: 'table', file: new Blob([text]), name: file }).catch(
      (error: DataError) => error,
    );
    const there = await ingest({ ...recipe.data, source: file }, '/', temporaryFolder(), recipe.seed, {
      declared: { classes },
    }).catch((error: DataError) => error);
    expect(here, what).toMatchObject({ name: 'DataError', message: (there as DataError).message });
    expect((here as DataError).line, what).toBe((there as DataError).line);
    expect((here as DataError).hint, what).toBe((there as DataError).hint);
  }
});

it('takes examples that fit, and says which does not', async () => {
  const example = (label: string, size = 64) => ({ features: new Float32Array(size).fill(7), label });
  const rows = await encode({
    kind: 'examples',
    examples: ['1', '1', '7', '7', '7'].map((label) => example(label)),
  });
  expect(rows.manifest).toMatchObject({ rows: 5, features: { count: 64, type: 'uint8' } });
  expect(rows.classes!.filter((one) => one.rows > 0)).toEqual([
    { name: '1', rows: 2 },
    { name: '7', rows: 3 },
  ]);
  for (const [examples, message] of [
    [[], /no example yet/],
    [[example('1'), example('1', 63)], /63 values, the run's features are 64/],
    [[example('A')], /"A" is none of the run's/],
  ] as const) {
    await expect(encode({ kind: 'examples', examples })).rejects.toThrow(message);
  }
});

function withLine(lines: readonly string[], index: number, line: string): readonly string[] {
  return lines.map((one, at) => (at === index ? line : one));
}
