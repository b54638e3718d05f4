import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPredictor } from '../../../cli/predict-model.ts';
import { readRows } from '../../../cli/predict-rows.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const noTarget = { delimiter: ',', targets: [] };

describe('rows', () => {
  test.each([
    ['plain.csv', '1,2\n3,4\n'],
    ['header.csv', 'a,b\n1,2\n3,4\n'],
    ['packed.csv.gz', gzipSync('1,2\n3,4\n')],
    ['rows.json', '[[1, 2], [[3], [4]]]'],
  ])('%s', async (name, content) => {
    const rows = await readRows(file(name, content), 2, noTarget);
    expect(rows).toEqual({ values: Float32Array.of(1, 2, 3, 4), count: 2, actual: [] });
  });

  test.each([
    ['label', 'a,label,b\n1,x,2\n3,y,4\n'],
    ['1', '1,x,2\n3,y,4\n'],
    ['1', 'a,label,b\n1,x,2\n3,y,4\n'],
  ])('a target column %s is taken out', async (target, content) => {
    const rows = await readRows(file('target.csv', content), 2, { delimiter: ',', targets: [target] });
    expect(rows).toEqual({ values: Float32Array.of(1, 2, 3, 4), count: 2, actual: [['x', 'y']] });
  });

  test.each([
    [
      'a column of its header',
      'a,label,b\n1,7,2\n',
      'label',
      /Column label is what the model predicts: name it with --target label\./,
    ],
    ['a header with spaces', 'a,the label,b\n1,7,2\n', 'the label', /--target 'the label'/],
    ['a number, without a header', '1,7,2\n', '1', /Column 1 is what the model predicts.*--target 1/],
    [
      'a column that the file does not have',
      'a,x,b\n1,7,2\n',
      'label',
      /If one of the columns is the target/,
    ],
    ['more columns than one too many', 'a,label,b,c\n1,7,2,3\n', 'label', /in the same order/],
  ])('without --target the hint knows %s', async (_, content, trainedOn, hint) => {
    await expect(
      readRows(file('hint.csv', content), 2, { ...noTarget, trainedOn: [trainedOn] }),
    ).rejects.toMatchObject({
      hint: expect.stringMatching(hint),
    });
  });

  describe('with columns of words', () => {
    const categories = [{ column: 1, name: 'town', words: ['Antium', 'Rome'] }];
    const options = { ...noTarget, categories };
    const values = Float32Array.of(1, 2, 3, 0);

    test.each([
      ['header.csv', 'size,town\n1,Rome\n3,Corioli\n'],
      ['plain.csv', '1, Rome \n3,Corioli\n'],
      ['rows.json', '[[1, "Rome"], [3, "Corioli"]]'],
    ])('%s: known ones are their numbers, others 0', async (name, content) => {
      expect(await readRows(file(name, content), 2, options)).toMatchObject({ values, count: 2 });
    });

    test('the target is taken out before they are counted', async () => {
      const content = 'label,size,town\nx,1,Rome\ny,3,Corioli\n';
      const rows = await readRows(file('t.csv', content), 2, { ...options, targets: ['label'] });
      const warnings = [expect.stringContaining('1 word of column town is unknown')];
      expect(rows).toEqual({ values, count: 2, actual: [['x', 'y']], warnings });
    });

    test('only they may hold words', async () => {
      await expect(readRows(file('w.csv', '1,Rome\nmany,Rome\n'), 2, options)).rejects.toThrow(
        /"many" is not a finite number/,
      );
    });
  });

  test('--target is not for lists of JSON', async () => {
    const json = file('target.json', '[[1, 2]]');
    await expect(readRows(json, 2, { ...noTarget, targets: ['0'] })).rejects.toThrow(/features only/);
  });

  test.each([
    ['a.csv', '1,2,3\n', /3 values, the model takes 2/],
    ['b.csv', '1,2\n3,x\n', /"x" is not a finite number/],
    ['c.csv', '1,2\n3,\n', /"" is not a finite number/],
    ['d.csv', 'a,b\n', /There is no row/],
    ['e.json', '{"a": 1}', /A list of rows is needed/],
    ['f.json', '[[1, "2"]]', /Row 0 holds the text "2"/],
    ['g.json', '[1', /This is no JSON/],
  ])('%s is refused', async (name, content, message) => {
    await expect(readRows(file(name, content), 2, noTarget)).rejects.toThrow(message);
  });
});

describe('columns by name', () => {
  const named = { ...noTarget, names: ['age', 'dose'] };

  test('are found in any order, between others, beside the target', async () => {
    const table = file('named.csv', 'id,dose,outcome,age\n7,1,yes,30\n8,2,no,40\n');
    const rows = await readRows(table, 2, { ...named, targets: ['outcome'] });
    expect([...rows.values]).toEqual([30, 1, 40, 2]);
    expect(rows.actual).toEqual([['yes', 'no']]);
    expect([...(await readRows(table, 2, named)).values]).toEqual([30, 1, 40, 2]);
  });

  test('words are those of their feature, wherever it stands', async () => {
    const table = file('words.csv', 'town,age\nUlm,30\nBonn,40\n');
    const categories = [{ column: 1, name: 'town', words: ['Bonn', 'Ulm'] }];
    const rows = await readRows(table, 2, { ...noTarget, names: ['age', 'town'], categories });
    expect([...rows.values]).toEqual([30, 2, 40, 1]);
  });

  test.each([
    ['one goes by another name', 'ages,dose\n30,1\n', /no column "age".*ages, dose/, 'The nearest is "ages"'],
    ['none is there', 'x,y\n30,1\n', /no column "age".*x, y/, 'Without a header columns are taken in order'],
    ['one is there twice', 'age,dose,age\n30,1,2\n', /names "age" twice/, 'a name of its own'],
    ['a row is short', 'age,dose\n30\n', /1 fields, the header has 2/, 'same number of fields'],
  ])('%s', async (_, text, message, hint) => {
    const reading = readRows(file('wrong.csv', text), 2, named);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ hint: expect.stringContaining(hint) });
  });

  test('the target is never suggested for a feature that is missing', async () => {
    const table = file('near.csv', 'age,doses,dosis\n30,1,2\n');
    for (const taken of [{ targets: ['doses'] }, { trainedOn: ['doses'] }]) {
      await expect(readRows(table, 2, { ...named, ...taken })).rejects.toMatchObject({
        hint: expect.stringContaining('The nearest is "dosis"'),
      });
    }
    const only = file('only.csv', 'age,doses\n30,1\n');
    await expect(readRows(only, 2, { ...named, targets: ['doses'] })).rejects.toMatchObject({
      hint: expect.not.stringContaining('doses'),
    });
  });

  test('a table with another delimiter is told --delimiter', async () => {
    const table = file('semicolon.csv', 'age;dose;outcome\n30;1;2\n');
    const reading = readRows(table, 2, { ...named, targets: ['outcome'] });
    await expect(reading).rejects.toMatchObject({ hint: expect.stringContaining("--delimiter ';'") });
  });

  test('rows as JSON objects are read by their keys, in any order and with others between them', async () => {
    const rows = file('objects.json', '[{"dose": 1, "id": "x", "age": 30}, {"age": 40, "dose": 2}]');
    const values = Float32Array.of(30, 1, 40, 2);
    expect(await readRows(rows, 2, named)).toEqual({ values, count: 2, actual: [] });
    const told = file(
      'told.json',
      '[{"dose": 1, "ill": true, "age": 30}, {"ill": "no", "age": 40, "dose": 2}]',
    );
    expect(await readRows(told, 2, { ...named, targets: ['ill'] })).toEqual({
      ...{ values, count: 2, actual: [['true', 'no']] },
    });
    const words = file('words.json', '[{"dose": "much", "age": 30}, {"dose": "none", "age": 40}]');
    const categories = [{ column: 1, name: 'dose', words: ['little', 'much'] }];
    expect([...(await readRows(words, 2, { ...named, categories })).values]).toEqual([30, 2, 40, 0]);
  });

  test.each<[string, string, object, RegExp]>([
    [
      'names that the model does not say',
      '[{"age": 30, "dose": 1}]',
      { names: undefined },
      /does not say what its features are called/,
    ],
    [
      'a feature that one lacks',
      '[{"age": 30, "dose": 1}, {"age": 30, "doses": 1}]',
      {},
      /Row 1 has no "dose", a feature of the model\. It has others: doses/,
    ],
    ['an inherited key', '[{"age": 30}]', { names: ['age', 'toString'] }, /Row 0 has no "toString"/],
    [
      'a value that is no number',
      '[{"age": 30, "dose": "2"}]',
      {},
      /Row 0 holds the text "2", which is no finite number/,
    ],
    ['nothing for a value', '[{"age": null, "dose": 2}]', {}, /Row 0 holds null/],
    [
      'a target that one lacks',
      '[{"age": 30, "dose": 1}]',
      { targets: ['ill'] },
      /Row 0 has no "ill", --target/,
    ],
    [
      'an answer that is none',
      '[{"age": 30, "dose": 1, "ill": []}]',
      { targets: ['ill'] },
      /holds the list \[\] where the answer is/,
    ],
    ['lists among objects', '[{"age": 30, "dose": 1}, [1]]', {}, /Row 1 has 1 values, the model takes 2/],
  ])('JSON objects are refused for %s', async (_, content, more, message) => {
    const rows = file('objects.json', content);
    await expect(readRows(rows, 2, { ...named, ...more })).rejects.toThrow(message);
  });

  test.each<[string, string, RegExp, string | undefined]>([
    ['a text that is a number', '[[1, "2"]]', /Row 0 holds the text "2", which is no/, 'without quotes: 2'],
    ['a text that is none', '[[1, "x"]]', /Row 0 holds the text "x", which is no/, undefined],
    ['true', '[[1, true]]', /Row 0 holds true/, '1 for true'],
    ['nothing', '[[1, 2], [null, 2]]', /Row 1 holds null, which/, 'no form for a value that is missing'],
    [
      'what is deep in a list',
      '[[[1], [2]], [[3], ["y"]]]',
      /Row 1 holds the text "y" at \[1\]\[0\], which/,
      undefined,
    ],
    ['a row that is a number', '[1, 2]', /Row 0 is 1, the model takes 2/, 'a list of 2 values'],
    ['an object in a list', '[[1, {"a": 1}]]', /Row 0 holds an object with "a", which/, undefined],
    ['an object in place of the list', '{"a": 1}', /this is an object with "a"/, '[[5.1'],
    ['a list in an object', '[{"age": 1, "dose": [2]}]', /Row 0 holds the list \[2\], which/, 'one number'],
    ['numbers of Python', '[[1, NaN]]', /This is no JSON/, 'JSON has no NaN'],
    ['an empty file', ' ', /The file is empty/, undefined],
    [
      'lists without end',
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      /too deeply: more than 64/,
      'one list',
    ],
    ['a deep row', `[[1, ${'{"a":'.repeat(64)}1${'}'.repeat(64)}]]`, /too deeply: more than 64/, 'one list'],
    [
      'a name in both of its forms, the last of which won',
      '[{"age": 1, "caf\u00e9": 2}, {"age": 1, "dose": 3, "caf\u00e9": 2, "cafe\u0301": 9}]',
      /Row 1 names "café" twice/,
      'a name of its own',
    ],
  ])('JSON says what is wrong, where, and what to do: %s', async (_, content, message, hint) => {
    const reading = readRows(file('wrong.json', content), 2, named);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({
      hint: hint === undefined ? undefined : expect.stringContaining(hint),
    });
  });

  test.each([
    ['ends in the middle', '[[1, 2],\n\n [3, 4', 3],
    ['lacks a comma', '[[1, 2],\n [3 4],\n [5, 6]]', 2],
  ])('JSON that %s has the line of it', async (_, content, line) => {
    await expect(readRows(file('line.json', content), 2, named)).rejects.toMatchObject({ line });
  });

  test('JSON may begin with the mark that some editors write', async () => {
    const rows = await readRows(file('bom.json', '\uFEFF[[1, 2]]'), 2, named);
    expect([...rows.values]).toEqual([1, 2]);
  });

  test('a word that is a number is that word in JSON, too', async () => {
    const categories = [{ column: 1, name: 'dose', words: ['10', '20', 'true'] }];
    const rows = file(
      'numbers.json',
      '[{"age": 1, "dose": 20}, {"age": 2, "dose": true}, {"age": 3, "dose": 1}]',
    );
    expect([...(await readRows(rows, 2, { ...named, categories })).values]).toEqual([1, 2, 2, 3, 3, 0]);
  });

  test('a table for a model of images', async () => {
    const reading = readRows(file('site.csv', '1,2,3\n'), 2, { ...noTarget, images: true });
    await expect(reading).rejects.toThrow(/trained on images, and this is a table whose rows have 3 values/);
  });

  test('a bad cell is named by its own column', async () => {
    const reading = readRows(file('cell.csv', 'dose,age\n1,old\n'), 2, named);
    await expect(reading).rejects.toMatchObject({ column: 'age', line: 2 });
  });

  test('without a header they are taken in order, also where names are numbers that cells have', async () => {
    const table = file('plain.csv', '30,1\n40,2\n');
    expect([...(await readRows(table, 2, named)).values]).toEqual([30, 1, 40, 2]);
    const numbers = { ...noTarget, names: ['1', '2'] };
    expect([...(await readRows(table, 2, numbers)).values]).toEqual([30, 1, 40, 2]);
    const headed = file('headed.csv', '2,1\n30,40\n');
    expect([...(await readRows(headed, 2, numbers)).values]).toEqual([40, 30]);
  });

  test('are those that the file says, when it says as many as it takes', async () => {
    const builder = new GraphBuilder();
    builder.input('features', 'float32', ['batch', 2]);
    builder.output(builder.op('Identity', ['features'], {}, 'prediction'));
    const named = (columns: readonly string[]) => {
      const metadata = { 'tributary.feature_columns': JSON.stringify(columns) };
      return file('columns.onnx', writeModel(builder.build({ name: 'columns', metadata })));
    };
    const right = await loadPredictor(named(['age', 'dose']), 'cpu', 1);
    await right.close();
    expect(right.featureColumns).toEqual(['age', 'dose']);
    const wrong = await loadPredictor(named(['age']), 'cpu', 1);
    await wrong.close();
    expect(wrong.featureColumns).toBeUndefined();
  });
});

test('a table that is not there was explained by a job file, where there is none', async () => {
  const missing = readRows(join(folder, 'nosuch.csv'), 2, noTarget);
  await expect(missing).rejects.toMatchObject({ message: 'There is no such file.', hint: undefined });
});
