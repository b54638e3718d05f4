import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { csvFile, csvFolder, type TableSource } from '../../../../node/data/table-source.ts';
import { DataError } from '../../../../shared/data/data-error.ts';
import { temporaryFolder } from '../../../support/digits.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
const write = (name: string, content: string | Uint8Array): void =>
  writeFileSync(join(folder, name), content);

async function records(source: TableSource, header = true): Promise<string[][]> {
  const found: string[][] = [];
  await source.read({ header, delimiter: ',' }, (fields) => found.push([...fields]));
  return found;
}

describe('a table through a pipe', () => {
  it('was a fault of the program', async () => {
    const file = join(folder, 'pipe.csv');
    execFileSync('mkfifo', [file]);
    const once = { name: 'DataError', file, message: 'A pipe can be read only once: save it as a file.' };
    for (const source of [csvFile(file), csvFolder(folder)]) {
      await expect(source.hash()).rejects.toMatchObject(once);
      await expect(records(source)).rejects.toMatchObject(once);
    }
  });
});

describe('tables of a folder', () => {
  it('come one behind the other, by name, with one header', async () => {
    write('b.csv', 'x,y\n3,4\n');
    write('a.csv.gz', gzipSync('x, y\n1,2\n'));
    write('notes.md', 'x');
    const source = csvFolder(folder);
    expect(source.name).toBe(`${folder} (2 files)`);
    expect(await records(source)).toEqual([
      ['x', ' y'],
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(await records(source, false)).toHaveLength(4);
    const before = await source.hash();
    expect(await csvFolder(folder).hash()).toBe(before);
    write('b.csv', 'x,y\n3,5\n');
    expect(await source.hash()).not.toBe(before);
  });

  it('have the same columns, or it is said which file differs, and how', async () => {
    write('a.csv', 'x,y\n1,2\n');
    write('b.csv', 'x,z\n3,4\n');
    await expect(records(csvFolder(folder))).rejects.toMatchObject({
      file: join(folder, 'b.csv'),
      line: 1,
      message: 'Column 2 is "z", and in a.csv it is "y".',
    });
    write('b.csv', 'x\n3\n');
    await expect(records(csvFolder(folder))).rejects.toThrow('Column 2 is none, and in a.csv it is "y".');
  });

  it('what is wrong is told of the file that it is in', async () => {
    write('a.csv', 'x,y\n1,2\n');
    write('b.csv', 'x,y\n\n3,4\n');
    const source = csvFolder(folder);
    const read = source.read({ header: true, delimiter: ',' }, (fields, line) => {
      if (fields[0] !== '3') return;
      throw new DataError('wrong', { file: source.name, line, column: 'x', hint: 'mend it' });
    });
    await expect(read).rejects.toMatchObject({
      ...{ file: join(folder, 'b.csv'), line: 3, column: 'x', hint: 'mend it', message: 'wrong' },
    });
  });

  it('are needed', () => {
    write('notes.md', 'x');
    expect(() => csvFolder(folder)).toThrow('There is no table in this folder.');
  });
});

it('a file may have another delimiter than the run', async () => {
  write('a.csv', 'x;y\n1;2\n');
  expect(await records(csvFile(join(folder, 'a.csv'), ';'))).toEqual([
    ['x', 'y'],
    ['1', '2'],
  ]);
});
