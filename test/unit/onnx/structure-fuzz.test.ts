import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { inMemory } from '../../../shared/onnx/byte-source.ts';
import { inspectModel } from '../../../shared/onnx/inspect/inspect.ts';
import { LEAST_STORED } from '../../../shared/onnx/stored-tensor.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { type Draw, drawing } from '../../support/mutations.ts';

const SIZE = LEAST_STORED / 4;
const SEEDS = 400;

/** Large weights, in the graph and as a Constant, with small parts between and around them. */
function build(): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', SIZE]);
  const large = (factor: number) => float32([SIZE], new Float32Array(SIZE).fill(factor));
  const y = builder.op('Mul', [x, builder.initializer('w', large(2))]);
  const z = builder.op('Add', [y, builder.constant(large(3), 'c')]);
  builder.output(builder.op('Relu', [z]), 'z');
  return writeModel(builder.build());
}

/** @param structural places of what a decoder looks at, around the large tensors: there the bytes are changed */
function mutated(bytes: Uint8Array, structural: readonly number[], draw: Draw): Uint8Array {
  const place = () => structural[draw.below(structural.length)] as number;
  const changed = bytes.slice();
  const kind = draw.below(4);
  if (kind === 0) return bytes.slice(0, place());
  if (kind === 1) return Uint8Array.from([...bytes.subarray(0, place()), ...bytes.subarray(place())]);
  for (let count = 1 + draw.below(3); count > 0; count--) {
    if (kind === 2) changed[place()]! ^= 1 << draw.below(8);
    else changed[place()] = draw.below(256);
  }
  return changed;
}

test('whatever the bytes are: of a file of which only the structure is read the same is found', {
  timeout: 300_000,
}, () => {
  const whole = build();
  expect(inspectModel({ source: inMemory(whole) }).verdict).toBe('accepted');
  const structural = [...whole.keys()].filter((at) => whole[at] !== 0 && whole[at] !== 0x40);
  const verdicts = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const bytes = mutated(whole, structural, drawing(seed));
    const options = { sha256: 'not what is looked at' };
    const found = inspectModel(bytes, {}, options);
    expect(inspectModel({ source: inMemory(bytes) }, {}, options), `seed ${seed}`).toEqual(found);
    const word = found.verdict === 'accepted' ? found.verdict : found.code;
    verdicts.set(word, (verdicts.get(word) ?? 0) + 1);
  }
  expect([...verdicts.keys()]).toEqual(expect.arrayContaining(['accepted', 'format', 'tensor']));
});
