import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataBeside } from '../../../node/files/model-data.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { embedExternalData } from '../../../shared/onnx/embed-data.ts';
import { readModel } from '../../../shared/onnx/read.ts';
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
  writeFileSync(join(folder, 'weights/model.onnx.data'), Buffer.concat(data));
  const whole = embedExternalData(bytes, dataBeside(file));
  expect(readModel(whole)).toEqual(readModel(writeModel(model())));
});

test('a model without other files stays what it is, byte for byte, and what is no model too', () => {
  const page = new TextEncoder().encode('<!DOCTYPE html><html>');
  expect(embedExternalData(page, dataBeside(file))).toBe(page);
  const bytes = writeModel(model());
  expect(embedExternalData(bytes, dataBeside(file))).toBe(bytes);
});

test('a file that is not there, one that is cut off, a link out of the folder', () => {
  const embed = (location: string) => () =>
    embedExternalData(writeModelWithData(model(), location).model, dataBeside(file));
  expect(embed('nowhere.data')).toThrow(
    'its data is in nowhere.data, which is not there: put it beside the model',
  );
  writeFileSync(join(folder, 'short.data'), new Uint8Array(1700));
  expect(embed('short.data')).toThrow('it is cut off');
  expect(embed('link')).toThrow("its data is at link, a link out of the model's folder");
  expect(embed('../secret')).toThrow('which is no plain path beside the model');
});
