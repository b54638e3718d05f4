import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRows } from '../../../cli/predict-rows.ts';
import { UnknownText } from '../../../cli/unknown-words.ts';
import { Tokenizer } from '../../../shared/text/tokenizer.ts';
import { TokenizerTrainer } from '../../../shared/text/train-tokenizer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-unknown-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = {
  delimiter: ',',
  targets: [],
  names: ['town', 'size'],
  categories: [{ column: 0, name: 'town', words: ['Rome', 'York'] }],
};

test('words that a model has not seen are counted, each column once', async () => {
  const file = join(folder, 'rows.csv');
  writeFileSync(file, 'town,size\nRome,1\nParis,2\nParis,3\nYork,4\n');
  const { warnings } = await readRows(file, 2, options);
  expect(warnings).toEqual([
    '2 words of column town are unknown to the model, which takes them for any other: "Paris", …',
  ]);
});

test('of rows as JSON too, and nothing is said where all are known', async () => {
  const file = join(folder, 'rows.json');
  writeFileSync(file, '[{ "town": "Bath", "size": 1 }, { "town": "York", "size": 1 }]');
  expect((await readRows(file, 2, options)).warnings).toEqual([
    '1 word of column town is unknown to the model, which takes it for any other: "Bath"',
  ]);
  writeFileSync(file, '[{ "town": "York", "size": 1 }]');
  expect((await readRows(file, 2, options)).warnings).toBeUndefined();
});

test('of texts, characters that the tokenizer has no token for', () => {
  const trainer = new TokenizerTrainer({ kind: 'characters' });
  trainer.add('abc ');
  const unknown = new UnknownText(Tokenizer.parse(trainer.finish(false)));
  for (const text of ['cab', 'a <unk>']) unknown.look(text);
  expect(unknown.warnings()).toEqual([]);
  for (const text of ['a x', 'yz']) unknown.look(text);
  expect(unknown.warnings()).toEqual([
    'the tokenizer has no token for 3 characters of 2 texts, as "x": the model does not see what they are',
  ]);
});
