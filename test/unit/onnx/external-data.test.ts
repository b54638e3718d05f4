import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { type ByteSource, inMemory, joined } from '../../../shared/onnx/byte-source.ts';
import { withOneDataFile } from '../../../shared/onnx/data-file.ts';
import { onnx } from '../../../shared/onnx/gen/onnx.js';
import { importModel } from '../../../shared/onnx/import.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel, writeModelWithData } from '../../../shared/onnx/write.ts';

const value = (name: string, ...dims: number[]): onnx.ValueInfoProto.$Properties => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

/** x + w, with w [2] kept elsewhere. */
function modelWith(externalData: Record<string, string>, dataType = 1): Uint8Array {
  const entries = Object.entries(externalData).map(([key, text]) => ({ key, value: text }));
  const bytes = onnx.ModelProto.encode({
    irVersion: 9,
    opsetImport: [{ version: 20 }],
    graph: {
      name: 'g',
      input: [value('x', 2)],
      output: [value('y', 2)],
      node: [{ opType: 'Add', input: ['x', 'w'], output: ['y'] }],
      initializer: [{ name: 'w', dataType, dims: [2], dataLocation: 1, externalData: entries }],
    },
  }).finish();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const file = new Uint8Array(Float32Array.of(9, 9, 1.5, -2.5).buffer);
const external = (location: string): ByteSource => {
  expect(location).toBe('weights/model.data');
  return inMemory(file);
};

describe('tensors kept in other files', () => {
  test('are read through the opener that is given', () => {
    const at = { location: 'weights/model.data', offset: '8', length: '8' };
    const model = importModel({ source: inMemory(modelWith(at)), external });
    expect(Array.from(model.graph.initializers.get('w')?.data as Float32Array)).toEqual([1.5, -2.5]);
    const first = importModel({
      source: inMemory(modelWith({ location: 'weights/model.data' })),
      external,
    });
    expect(Array.from(first.graph.initializers.get('w')?.data as Float32Array)).toEqual([9, 9]);
  });

  test('are refused without one: what a stranger sends never opens a file', () => {
    const bytes = modelWith({ location: 'weights/model.data' });
    expect(() => importModel(bytes)).toThrow('keeps its data in another file, which is not read here');
    expect(() => readModel(bytes)).toThrow('keeps its data in another file');
  });

  test.each([
    '../secret',
    '/etc/passwd',
    'a/../../b',
    'a//b',
    './a',
    'C:\\a',
    'c:a',
    'a\\b',
    '',
    'a\u0000b',
    '\u0000',
  ])('the path %j never reaches the opener', (location) => {
    const read = () => {
      throw new Error('read');
    };
    expect(() => importModel({ source: inMemory(modelWith({ location })), external: read })).toThrow(
      'which is no plain path beside the model',
    );
  });

  test('texts in another file were said to need 0 bytes', () => {
    const texts = modelWith(
      { location: 'weights/model.data', length: '8' },
      onnx.TensorProto.DataType.STRING,
    );
    const source = inMemory(texts);
    const message = 'tensor "w" holds texts, and these cannot lie in another file';
    expect(() => importModel({ source, external })).toThrow(message);
    expect(() => withOneDataFile({ source, external }, 'kept.data')).toThrow(message);
  });

  test('sizes that do not fit', () => {
    const location = 'weights/model.data';
    const read = (more: Record<string, string>) => () =>
      importModel({ source: inMemory(modelWith({ location, ...more })), external });
    expect(read({ length: '4' })).toThrow('its shape needs 8 bytes, its entry in weights/model.data has 4');
    expect(read({ offset: '12' })).toThrow('holds 4 of the 8 bytes from 12: it is cut off');
    expect(read({ offset: '-8' })).toThrow('the offset of its external data is "-8"');
    expect(read({ offset: '99999999999999999999' })).toThrow('the offset of its external data is');
  });
});

describe('a model written with its data beside it', () => {
  const large = Float32Array.from({ length: 300 }, (_, i) => i);
  const build = () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [300]);
    const a = builder.initializer('a', float32([300], large));
    const b = builder.constant(
      float32(
        [300],
        large.map((value) => -value),
      ),
      'b',
    );
    const small = builder.initializer('small', float32([1], [2]));
    const sum = builder.op('Add', [builder.op('Mul', [builder.op('Add', [x, a]), small]), b]);
    builder.output(sum, 'y');
    return builder.build();
  };

  test('reads back as it was; small tensors stay inside, large ones are aligned', () => {
    const model = build();
    const { model: bytes, data } = writeModelWithData(model, 'model.data');
    const file = joined(data);
    expect(bytes.length).toBeLessThan(1000);
    expect(file.length).toBe(1216 + 1200);
    const offsets: number[] = [];
    const external = (location: string): ByteSource => {
      expect(location).toBe('model.data');
      const read = (offset: number, length: number) => {
        offsets.push(offset);
        return file.subarray(offset, offset + length);
      };
      return { length: file.length, read };
    };
    expect(readModel({ source: inMemory(bytes), external })).toEqual(readModel(writeModel(model)));
    expect(offsets.sort((a, b) => a - b)).toEqual([0, 1216]);
  });

  test('ONNX Runtime reads it', async () => {
    const { model, data } = writeModelWithData(build(), 'model.data');
    const ort = await import('onnxruntime-node');
    const session = await ort.InferenceSession.create(model, {
      externalData: [{ path: 'model.data', data: joined(data) }],
    } as Parameters<typeof ort.InferenceSession.create>[1]);
    const { y } = await session.run({ x: new ort.Tensor('float32', large, [300]) });
    expect(Array.from(y?.data as Float32Array)).toEqual(Array.from(large, (value) => 3 * value));
    await session.release();
  });
});
