import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { nodeHasher } from '../../../node/hasher.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import type { Request, Responses } from '../../../worker/trainer/messages.ts';
import { pack } from '../../../worker/trainer/packed.ts';
import { TrainerServer } from '../../../worker/trainer/trainer-server.ts';
import { digitsData, digitsJob } from '../../support/digits.ts';

const header = { examples: 1, sums: {}, steps: 1, computeMs: 1, sections: [] };
const section = (name: string, bytes: readonly number[]) => ({
  ...{ name, codec: 'f32' as const, floats: 1, bytes: Uint8Array.from(bytes) },
});
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a packed update', () => {
  it('is one payload, of which the sections are stretches', async () => {
    const result = { header, sections: [section('a', [1, 2, 3]), section('b', [4]), section('c', [])] };
    const { payload, sections, hash } = await pack(result, nodeHasher);
    expect([...payload]).toEqual([1, 2, 3, 4]);
    expect(sections.map(({ bytes }) => [...bytes])).toEqual([[1, 2, 3], [4], []]);
    expect(sections.every(({ bytes }) => bytes.buffer === payload.buffer)).toBe(true);
    expect(hash).toBe(sha256(payload));
  });

  it('of one section is not copied, and not hashed when nobody asks', async () => {
    const only = section('a', [1, 2]);
    const packed = await pack({ header, sections: [only] });
    expect(packed.payload).toBe(only.bytes);
    expect(packed.hash).toBeUndefined();
  });
});

it('a trainer hashes and gives away in its own thread what the member only sends', async () => {
  const data = await digitsData();
  const { model, recipe, manifest, layout } = describeRun(digitsJob(), data, undefined);
  const server = new TrainerServer({
    engine: await createOnnxRuntimeNode({ threads: 1 }),
    cancelled: () => false,
    hasher: nodeHasher,
  });
  const ask = async <Type extends Request['type']>(request: Extract<Request, { type: Type }>) => {
    const { reply, transfer } = await server.answer({ id: 1, request });
    if (!reply.ok) throw new Error(reply.message);
    return { value: reply.value as Responses[Type], transfer };
  };
  const setup = { model: writeModel(model), recipe, manifest };
  const blocks = manifest.blocks.map((_, block) => data.readBlock(block));
  await ask({ type: 'prepare', setup, blocks: { kind: 'given', blocks } });
  const order = {
    ...({
      work: { kind: 'gradient', epoch: 0, start: 0, end: 8 },
      round: 0,
      terms: {},
      sections: [],
    } as const),
    ...({ local: [], learningRate: 0.1, codec: 'f32' } as const),
  };
  const { value, transfer } = await ask({ type: 'execute', order, vectors: [], sequence: 1, hash: true });
  expect(value.payload.length).toBe(4 * layout.length);
  expect(value.hash).toBe(sha256(value.payload));
  expect(transfer).toEqual([value.payload.buffer]);
  await ask({ type: 'close' });
});
