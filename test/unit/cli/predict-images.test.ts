import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { answersAsTable } from '../../../cli/predict-answers.ts';
import { readImageRows } from '../../../cli/predict-images.ts';
import { imageForm } from '../../../shared/data/images/resize.ts';
import { plainPng } from '../../support/images.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const [name, colour] of [
  ['red', [255, 0, 0]],
  ['blue', [0, 0, 255]],
] as const) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, '1.png'), plainPng(2, 2, colour));
}
const form = imageForm([3, 2, 2], 255);

test('with --target the folders of the images are the true classes', async () => {
  const { names, actual } = await readImageRows(folder, form, ['class']);
  expect(actual[0]).toEqual(names!.map((name) => name.split(/[/\\]/)[0]));
  const predictions = [{ value: actual[0]![0]! }, { value: 'green' }];
  const shown = answersAsTable([{ name: 'prediction', predictions, actual: actual[0] }], names);
  expect(shown).toContain('1 of 2 images as their folders say: accuracy 50.00 %');
  expect((await readImageRows(folder, form)).actual).toEqual([]);
});

test('--target is refused where no folder names a class', async () => {
  await expect(readImageRows(join(folder, 'red', '1.png'), form, ['class'])).rejects.toThrow(
    /the class of an image is the name of its folder/,
  );
  await expect(readImageRows(join(folder, 'red'), form, ['class'])).rejects.toThrow(/no folder of a class/);
});

test('--target of images is the class, and no other word is taken for it', async () => {
  await expect(readImageRows(folder, form, ['label'])).rejects.toThrow(
    /--target label: images have no columns.*--target class/,
  );
});
