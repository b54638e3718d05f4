import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { inMemory, joined } from '../../../../shared/onnx/byte-source.ts';
import { onnx } from '../../../../shared/onnx/gen/onnx.js';
import type { Model } from '../../../../shared/onnx/model.ts';
import { modelApart } from '../../../../shared/onnx/pieces/frozen.ts';
import { checkReferred, referredBy, withFrozen } from '../../../../shared/onnx/pieces/referred.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';

const WIDTH = 1 << 14;
const BYTES = 4 * WIDTH;
const ID = 'a'.repeat(64);

/** Two frozen weights that are large, a small one, and a large one that trains. */
function model(): Model {
  const builder = new GraphBuilder();
  const constant = (start: number, size: number): string =>
    builder.constant(
      float32(
        [1, size],
        Float32Array.from({ length: size }, (_, i) => start + i),
      ),
    );
  const x = builder.input('x', 'float32', ['batch', 1]);
  let y = builder.op('Add', [builder.op('MatMul', [x, constant(0, WIDTH)]), constant(1, WIDTH)]);
  y = builder.op('Mul', [y, constant(7, 1)]);
  const w = builder.initializer('w', float32([WIDTH, 2], new Float32Array(2 * WIDTH).fill(0.25)));
  builder.output(builder.op('MatMul', [y, w]), 'logits');
  return builder.build();
}

const apart = modelApart(model());
const frozen = joined(apart.frozen);
const sent = joined(apart.message(ID));

describe('a model apart from its frozen weights', () => {
  it('has the large constants beside it, and what trains inside', () => {
    expect(frozen).toHaveLength(2 * BYTES);
    expect(sent.length).toBeGreaterThan(2 * BYTES);
    expect(sent.length).toBeLessThan(writeModel(model()).length - 2 * BYTES + 1000);
    expect(referredBy(sent)).toEqual({
      id: ID,
      tensors: [
        { offset: 0, length: BYTES },
        { offset: BYTES, length: BYTES },
      ],
    });
  });

  it('is the same model with them', () => {
    const whole = readModel(withFrozen(sent, { id: ID, source: inMemory(frozen) }));
    expect(Buffer.compare(writeModel(whole), writeModel(model()))).toBe(0);
  });

  it('refers to nothing where all is in one message', () => {
    expect(referredBy(writeModel(model()))).toBeUndefined();
  });

  it('is not read with what it does not name', () => {
    const other = { id: 'b'.repeat(64), source: inMemory(frozen) };
    expect(() => readModel(withFrozen(sent, other))).toThrow('which is never read');
    expect(() => readModel(withFrozen(sent, undefined))).toThrow('keeps its data in another file');
  });
});

/** The model with other entries in place of those of its second constant. */
function changed(
  entries: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
): Uint8Array {
  const proto = onnx.ModelProto.decode(sent);
  const [, second] = (proto.graph?.node ?? []).flatMap(({ attribute }) =>
    (attribute ?? []).flatMap(({ t }) => (t?.externalData?.length ? [t] : [])),
  );
  const pairs = Array.isArray(entries) ? entries : Object.entries(entries);
  second!.externalData = pairs.map(([key, value]: readonly [string, string]) => ({ key, value }));
  return onnx.ModelProto.encode(proto).finish();
}

describe('a model from a stranger', () => {
  const [offset, length] = [String(BYTES), String(BYTES)];
  it.each([
    ['a file', { location: 'model.onnx.data', offset, length }, 'at "model.onnx.data", which is never read'],
    ['a path', { location: '/etc/passwd', offset, length }, 'at "/etc/passwd", which is never read'],
    ['two lists', { location: 'b'.repeat(64), offset, length }, 'which is never read'],
    ['nothing', { offset, length }, 'at "", which is never read'],
    ['a negative place', { location: ID, offset: '-1', length }, 'the offset of its external data is "-1"'],
    ['no place', { location: ID, length }, 'the offset of its external data is ""'],
    ['no length', { location: ID, offset }, 'the length of its external data is ""'],
    [
      'a length beyond numbers',
      { location: ID, offset, length: '9'.repeat(30) },
      'the length of its external data',
    ],
  ])('that refers to %s is refused', (_, entries, message) => {
    expect(() => referredBy(changed(entries))).toThrow(message);
  });

  it('that says twice where its data is is refused', () => {
    const twice = [
      ['location', 'x'],
      ['location', ID],
    ] as const;
    expect(() => referredBy(changed(twice))).toThrow('says more than once');
  });

  it('whose tensors lie in each other, or beyond the pieces, is refused', () => {
    const fits = (model: Uint8Array, bytes: number) => () => checkReferred(referredBy(model)!, { bytes });
    expect(fits(sent, 2 * BYTES)).not.toThrow();
    expect(fits(sent, 2 * BYTES - 1)).toThrow(
      `take ${2 * BYTES} bytes, and its pieces have ${2 * BYTES - 1}`,
    );
    expect(fits(changed({ location: ID, offset: '4', length }), 2 * BYTES)).toThrow('share the bytes from 4');
    expect(fits(changed({ location: ID, offset: '0', length }), 2 * BYTES)).toThrow('share the bytes from 0');
    const far = String(Number.MAX_SAFE_INTEGER);
    expect(fits(changed({ location: ID, offset: far, length }), 2 * BYTES)).toThrow('they are cut off');
  });

  it('whose tensor has another length than its shape says is refused when it is read', () => {
    const short = changed({ location: ID, offset, length: String(BYTES - 4) });
    expect(() => readModel(withFrozen(short, { id: ID, source: inMemory(frozen) }))).toThrow(
      'its shape needs',
    );
  });
});
