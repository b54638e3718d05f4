import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { type ByteSource, inMemory, joined, lengthOf } from '../../../shared/onnx/byte-source.ts';
import { OnnxFormatError } from '../../../shared/onnx/errors.ts';
import { inspectModel } from '../../../shared/onnx/inspect/inspect.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { elementsOf, StoredTensor } from '../../../shared/onnx/stored-tensor.ts';
import { structureOf } from '../../../shared/onnx/structure.ts';
import { float32, type Tensor } from '../../../shared/onnx/tensor.ts';
import { modelPieces, writeModel, writeModelWithData } from '../../../shared/onnx/write.ts';

const LARGE = 1 << 17;

/** Large and small weights, and a large Constant; a body would be walked as the graph is. */
function build() {
  const builder = new GraphBuilder();
  const numbers = (length: number, factor: number): Tensor =>
    float32(
      [length],
      Float32Array.from({ length }, (_, i) => factor * i),
    );
  const x = builder.input('x', 'float32', ['batch', LARGE]);
  const small = builder.initializer('small', numbers(1, 2));
  const first = builder.op('Mul', [x, builder.initializer('large', numbers(LARGE, 0.5))]);
  const second = builder.op('Add', [first, builder.constant(numbers(LARGE, -3), 'frozen')]);
  builder.output(builder.op('Add', [second, small]), 'y');
  return builder.build();
}

/** Half a megabyte: a difference is not printed byte for byte. */
function same(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}

/** Bytes of which somebody counts how many were read. */
function counted(bytes: Uint8Array): ByteSource & { readonly read: ByteSource['read']; total: number } {
  return {
    length: bytes.length,
    total: 0,
    read(offset, length) {
      this.total += length;
      return bytes.subarray(offset, offset + length);
    },
  };
}

describe('a model of which only the structure is read', () => {
  test('is the same model, and nothing of its large tensors was read', () => {
    const source = counted(writeModel(build()));
    const model = readModel({ source });
    expect(source.length).toBeGreaterThan(2 * 4 * LARGE);
    expect(source.total).toBeLessThan(2 * (1 << 16));
    expect(model.graph.initializers.get('large')).toBeInstanceOf(StoredTensor);
    expect(model.graph.initializers.get('small')).not.toBeInstanceOf(StoredTensor);
    same(writeModel(model), writeModel(build()));
  });

  test('is written in pieces, of which the weights are read when their turn comes', () => {
    const source = counted(writeModel(build()));
    const pieces = modelPieces(readModel({ source }));
    expect(lengthOf(pieces)).toBe(source.length);
    expect(source.total).toBeLessThan(2 * (1 << 16));
    same(joined(pieces), writeModel(build()));
    const { model, data } = writeModelWithData(readModel({ source }), 'm.data');
    const external = () => inMemory(joined(data));
    same(writeModel(readModel({ source: inMemory(model), external })), writeModel(build()));
  });

  test('has elements a piece at a time, which together are all', () => {
    const read = (start: number, count: number) => Float32Array.from({ length: count }, (_, i) => start + i);
    const tensor = new StoredTensor('float32', [3, 2 ** 21 + 1], read);
    const pieces = [...elementsOf(tensor)];
    expect(pieces.map(({ start }) => start)).toEqual([0, 2 ** 22]);
    expect(pieces.reduce((sum, { data }) => sum + data.length, 0)).toBe(3 * (2 ** 21 + 1));
    expect(pieces[1]?.data[0]).toBe(2 ** 22);
    const [whole] = elementsOf(float32([3], [1, 2, 3]));
    expect(Array.from(whole?.data as Float32Array)).toEqual([1, 2, 3]);
  });

  test('is inspected as the whole is', () => {
    const bytes = writeModel(build());
    const whole = inspectModel(bytes);
    expect(whole.verdict).toBe('accepted');
    expect(inspectModel({ source: inMemory(bytes) })).toEqual(whole);
    const { model, data } = writeModelWithData(build(), 'm.data');
    expect(inspectModel({ source: inMemory(model) })).toMatchObject({ code: 'external-data' });
    const own = inspectModel({ source: inMemory(model), external: () => inMemory(joined(data)) });
    expect(own).toMatchObject({ verdict: 'accepted', trainable: LARGE + 1 });
  });

  test('cut off anywhere, or with a tensor too short, it is no model', () => {
    const bytes = writeModel(build());
    for (const at of [1, 20, 500, LARGE, bytes.length - 1]) {
      const source = inMemory(bytes.subarray(0, at));
      expect(() => readModel({ source }), `${at} bytes`).toThrow(OnnxFormatError);
    }
    expect(structureOf(inMemory(bytes)).length).toBeLessThan(2000);
  });
});
