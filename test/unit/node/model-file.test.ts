import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModelFile, writePieces } from '../../../node/files/model-file.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { joined } from '../../../shared/onnx/byte-source.ts';
import { withOneDataFile } from '../../../shared/onnx/data-file.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { StoredTensor } from '../../../shared/onnx/stored-tensor.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel, writeModelWithData } from '../../../shared/onnx/write.ts';

const root = mkdtempSync(join(tmpdir(), 'tributary-model-data-'));
const folder = join(root, 'model');
const file = join(folder, 'model.onnx');

function model() {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 400]);
  const w = builder.initializer(
    'w',
    float32(
      [400],
      Float32Array.from({ length: 400 }, (_, i) => i / 7),
    ),
  );
  const c = builder.constant(
    float32(
      [400],
      Float32Array.from({ length: 400 }, (_, i) => -i),
    ),
    'c',
  );
  builder.output(builder.op('Add', [builder.op('Mul', [x, w]), c]), 'y');
  return builder.build();
}

beforeAll(() => {
  mkdirSync(join(folder, 'weights'), { recursive: true });
  writeFileSync(join(root, 'secret'), new Uint8Array(10_000));
  symlinkSync(join(root, 'secret'), join(folder, 'link'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('data in a file beside the model comes into it', () => {
  const { model: bytes, data } = writeModelWithData(model(), 'weights/model.onnx.data');
  writeFileSync(file, bytes);
  writeFileSync(join(folder, 'weights/model.onnx.data'), joined(data));
  expect(readModel(openModelFile(file))).toEqual(readModel(writeModel(model())));
});

test('a file that is not there, one that is cut off, a link out of the folder', () => {
  const opened = (location: string) => () => {
    writeFileSync(file, writeModelWithData(model(), location).model);
    readModel(openModelFile(file));
  };
  expect(opened('nowhere.data')).toThrow(
    'its data is in nowhere.data, which is not there: put it beside the model',
  );
  writeFileSync(join(folder, 'short.data'), new Uint8Array(1700));
  expect(opened('short.data')).toThrow('it is cut off');
  expect(opened('link')).toThrow("its data is at link, a link out of the model's folder");
  expect(opened('../secret')).toThrow('which is no plain path beside the model');
  expect(() => openModelFile(join(folder, 'none.onnx'))).toThrow('none.onnx');
  expect(() => openModelFile(folder)).toThrow(expect.objectContaining({ code: 'EISDIR', path: folder }));
});

test('data at a pipe was waited for for ever, a folder had no tensor', () => {
  const opened = (location: string) => () => {
    writeFileSync(file, writeModelWithData(model(), location).model);
    readModel(openModelFile(file));
  };
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(opened('pipe')).toThrow('tensor "w": its data is at pipe, which is a pipe or a device');
  mkdirSync(join(folder, 'sub'));
  expect(opened('sub')).toThrow('tensor "w": its data is at sub, which is a folder');
});

describe('weights that are read when they are asked for', () => {
  const large = Float32Array.from({ length: 1 << 18 }, (_, i) => i / 3);
  const withLarge = () => {
    const builder = new GraphBuilder();
    const w = builder.initializer('w', float32([large.length], large));
    builder.output(builder.op('Neg', [w]), 'y');
    return builder.build();
  };
  const written = (form: 'embedded' | 'beside') => {
    const { model: bytes, data } = writeModelWithData(withLarge(), 'large.data');
    writeFileSync(join(folder, 'large.data'), joined(data));
    writeFileSync(file, form === 'beside' ? bytes : writeModel(withLarge()));
    return { lies: form === 'beside' ? join(folder, 'large.data') : file };
  };
  const weight = () => readModel(openModelFile(file)).graph.initializers.get('w') as StoredTensor;

  test.each(['embedded', 'beside'] as const)(
    '%s: the tensor stays in the file, whole and in parts',
    (form) => {
      written(form);
      const tensor = weight();
      expect(tensor).toBeInstanceOf(StoredTensor);
      expect(tensor.data).toEqual(large);
      expect(tensor.read(7, 3)).toEqual(large.subarray(7, 10));
    },
  );

  test.each(['embedded', 'beside'] as const)(
    '%s: a file that changed after it was opened is refused',
    (form) => {
      const { lies } = written(form);
      const tensor = weight();
      truncateSync(lies, 1 << 19);
      expect(() => tensor.data).toThrow(`${realpathSync(lies)} was changed or cut off after it was opened`);
      written(form);
      expect(() => tensor.data).toThrow('was changed or cut off after it was opened');
      const other = weight();
      utimesSync(lies, 1, 1);
      expect(() => other.data).toThrow('was changed or cut off after it was opened');
    },
  );

  test.each(['embedded', 'beside'] as const)(
    '%s: the kept copy does not need the file any more',
    async (form) => {
      const { lies } = written(form);
      const kept = join(root, 'kept.onnx');
      const { model: structure, data } = withOneDataFile(openModelFile(file), 'kept.onnx.data');
      await writePieces(join(root, 'kept.onnx.data'), data);
      await writePieces(kept, structure);
      rmSync(lies);
      const model = readModel(openModelFile(kept));
      expect(model.graph.initializers.get('w')?.data).toEqual(large);
      expect(Buffer.compare(writeModel(model), writeModel(withLarge()))).toBe(0);
    },
  );
});
