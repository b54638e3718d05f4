import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { showError } from '../../../../cli/errors.ts';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { writePieces } from '../../../../node/files/model-file.ts';
import { withTemporaries } from '../../../../node/files/temporaries.ts';
import { inMemory } from '../../../../shared/onnx/byte-source.ts';
import { temporaryFolder } from '../../../support/digits.ts';
import { smallDisk } from '../../../support/small-disk.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'model.onnx');
});

const bytes = new Uint8Array(1 << 16);
const write = (at: string) =>
  withTemporaries(at, ['onnx'], async ([temporary]) => {
    await writePieces(temporary, [inMemory(bytes)]);
    await rename(temporary, at);
  });
const shown = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was written'),
    (error: unknown) => showError(error, false),
  );

describe('what is written beside a file', () => {
  it('is put in its place, or removed', async () => {
    await write(file);
    const failing = withTemporaries(file, ['onnx', 'data'], async (paths) => {
      for (const path of paths) writeFileSync(path, 'half');
      throw new Error('it differs');
    });
    await expect(failing).rejects.toThrow('it differs');
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });

  it('leaves no listener for the end of the process', async () => {
    const before = process.listenerCount('exit');
    await withTemporaries(file, ['onnx'], async () => expect(process.listenerCount('exit')).toBe(before + 1));
    expect(process.listenerCount('exit')).toBe(before);
  });

  it('of an export that still goes on is left to it by another one', async () => {
    await withTemporaries(file, ['onnx'], async ([temporary]) => {
      writeFileSync(temporary, 'half');
      await write(join(folder, 'other.onnx'));
      expect(readFileSync(temporary, 'utf8')).toBe('half');
    });
    expect(readdirSync(folder)).toEqual(['other.onnx']);
  });
});

describe('errors named a temporary file that nobody gave', () => {
  const error = (more: object) => Object.assign(new Error('no'), more);
  it.each([
    ['EACCES', EXIT.file, 'The permissions do not allow it'],
    ['EROFS', EXIT.file, 'The file system is read-only'],
    ['EDQUOT', EXIT.diskFull, 'The disk is full'],
  ])('%s', async (code, exit, words) => {
    const opening = withTemporaries(file, ['onnx'], ([path]) =>
      Promise.reject(Object.assign(error({ code, path }), { message: `${code}: no, open '${path}'` })),
    );
    await expect(opening).rejects.toThrow(`${code}: no, open '${folder}'`);
    const renaming = withTemporaries(file, ['onnx'], ([path]) =>
      Promise.reject(error({ code, path, dest: file })),
    );
    for (const [work, place] of [
      [opening, folder],
      [renaming, file],
    ] as const) {
      const { code: ended, text } = await shown(work);
      expect(ended).toBe(exit);
      expect(text).toContain(`${words}: ${place}.`);
    }
  });

  it('where the folder is not there, or is a file', async () => {
    const none = join(folder, 'none');
    expect((await shown(write(join(none, 'model.onnx')))).text).toBe(
      `error: There is no such file or folder: ${none}.`,
    );
    await write(file);
    expect((await shown(write(join(file, 'model.onnx')))).text).toBe(
      `error: A part of the path is no folder: ${file}.`,
    );
  });

  it('where the folder is read-only', async (context) => {
    chmodSync(folder, 0o555);
    const probe = join(folder, 'probe');
    await open(probe, 'w').then(
      (handle) => handle.close(),
      () => undefined,
    );
    if (existsSync(probe)) return context.skip('this user may write to every folder');
    expect(await shown(write(file))).toEqual({
      code: EXIT.file,
      text: `error: The permissions do not allow it: ${folder}.`,
    });
  });

  it('where the disk is full, and nothing is left there', async (context) => {
    const disk = smallDisk('16k');
    if (!disk) return context.skip('mounting a tmpfs needs root on Linux');
    try {
      expect((await shown(write(join(disk.path, 'model.onnx')))).text).toContain(
        `The disk is full: ${disk.path}.`,
      );
      expect(readdirSync(disk.path)).toEqual([]);
    } finally {
      disk.unmount();
    }
  });
});
