import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { showError } from '../../../../cli/errors.ts';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { writeModelChecked } from '../../../../coordinator/export/write-model.ts';
import { openModelFile } from '../../../../node/files/model-file.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { writeModel, writeModelWithData } from '../../../../shared/onnx/write.ts';
import { temporaryFolder } from '../../../support/digits.ts';

const builder = new GraphBuilder();
const x = builder.input('x', 'float32', ['batch', 100]);
const w = builder.initializer(
  'w',
  float32(
    [100, 30],
    Float32Array.from({ length: 3000 }, (_, i) => i),
  ),
);
builder.output(builder.op('MatMul', [x, w]), 'y');
const model = builder.build();
const bytes = writeModel(model);

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'model.onnx');
});

describe('a model that is handed over', () => {
  it('is one file as long as that may be', async () => {
    const written = await writeModelChecked(file, model, async (it) => readModel(it), bytes.length + 1000);
    expect(written).toMatchObject({ bytes: bytes.length });
    expect(written.data).toBeUndefined();
    expect(writeModel(written.found)).toEqual(bytes);
    expect(readdirSync(folder)).toEqual(['model.onnx']);
    expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
  });

  it('has its weights beside it where one file would be too large, and both are checked before they are there', async () => {
    writeFileSync(file, 'of an earlier export');
    const written = await writeModelChecked(
      file,
      model,
      async (it) => {
        expect(readFileSync(file, 'utf8')).toBe('of an earlier export');
        return writeModel(readModel(it));
      },
      bytes.length - 1,
    );
    expect(written.found).toEqual(bytes);
    expect(written.data).toBe(`${file}.data`);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'model.onnx.data']);
    expect(written.bytes).toBe(readFileSync(file).length + readFileSync(`${file}.data`).length);
    expect(writeModel(readModel(openModelFile(file)))).toEqual(bytes);
  });

  it.each([bytes.length + 1000, 10])(
    'is not there when the check fails (up to %i bytes in one file)',
    async (most) => {
      const failing = writeModelChecked(file, model, () => Promise.reject(new Error('it differs')), most);
      await expect(failing).rejects.toThrow('it differs');
      expect(existsSync(folder)).toBe(true);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  const asTwo = (path: string) => writeModelChecked(path, model, async () => undefined, bytes.length - 1);
  const asOne = (path: string) => writeModelChecked(path, model, async () => undefined);

  it('as one file has no weights beside it that the two files of an earlier export left', async () => {
    await asTwo(file);
    await asTwo(join(folder, 'other.onnx'));
    await asOne(file);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'other.onnx', 'other.onnx.data']);
  });

  it.each<[string, () => unknown]>([
    ['no model refers to', () => writeFileSync(file, bytes)],
    ['no earlier model was beside', () => rmSync(file)],
    ['cannot be said whose they are', () => writeFileSync(file, 'no model')],
    ['another model refers to too', () => copyFileSync(file, join(folder, 'copy.onnx'))],
    ['might be of a model that cannot be read', () => writeFileSync(join(folder, 'copy.onnx'), 'no model')],
    ['are more than the earlier one refers to', () => appendFileSync(`${file}.data`, 'more')],
    [
      'are of a model that is no export of ours',
      () => {
        const foreign = writeModelWithData({ ...model, producer: 'pytorch 2.15' }, 'model.onnx.data');
        writeFileSync(file, foreign.model);
      },
    ],
    [
      'are a link',
      () => {
        renameSync(`${file}.data`, join(folder, 'far'));
        symlinkSync('far', `${file}.data`);
      },
    ],
  ])('leaves weights beside it that %s', async (_, change) => {
    await asTwo(file);
    change();
    const before = readFileSync(`${file}.data`);
    await asOne(file);
    expect(readFileSync(`${file}.data`)).toEqual(before);
    expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
  });
});

describe('an export that fails at its end left nothing of the model that was there', () => {
  /** Two files of an earlier export, of other weights. */
  async function earlier(): Promise<void> {
    await writeModelChecked(file, model, async () => undefined, bytes.length - 1);
    appendFileSync(`${file}.data`, 'of the earlier');
  }
  const contents = () =>
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
  const temporary = (kind: string) =>
    join(folder, readdirSync(folder).find((name) => name.endsWith(`.${kind}.tmp`))!);
  const two = (check: () => void) => writeModelChecked(file, model, async () => check(), bytes.length - 1);

  it.each(['onnx', 'data'])('where the new %s file cannot be put in its place', async (kind) => {
    await earlier();
    const before = contents();
    const failing = two(() => rmSync(temporary(kind)));
    const path = kind === 'onnx' ? file : `${file}.data`;
    await expect(failing).rejects.toMatchObject({ code: 'ENOENT', path });
    expect(contents()).toEqual(before);
  });

  it('and what it had put in place is gone where nothing was there', async () => {
    await expect(two(() => rmSync(temporary('onnx')))).rejects.toMatchObject({ path: file });
    expect(readdirSync(folder)).toEqual([]);
  });

  const folderAtData = (then: 'before' | 'meanwhile') => async () => {
    writeFileSync(file, 'of an earlier export');
    const make = () => mkdirSync(`${file}.data`);
    if (then === 'before') make();
    const shown = await two(then === 'before' ? () => expect.unreachable('it was written') : make).catch(
      (error: unknown) => showError(error, false),
    );
    expect(shown).toEqual({
      code: EXIT.file,
      text: `error: A file is needed, this is a folder: ${file}.data.`,
    });
    expect(readFileSync(file, 'utf8')).toBe('of an earlier export');
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'model.onnx.data']);
  };
  it('where a folder is in the place of its data', folderAtData('before'));
  it('where a folder came there meanwhile', folderAtData('meanwhile'));

  it('where a folder is in the place of the one file', async () => {
    mkdirSync(file);
    const failing = writeModelChecked(file, model, () => expect.unreachable('it was written'));
    await expect(failing).rejects.toMatchObject({ code: 'EISDIR', path: file });
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });
});
