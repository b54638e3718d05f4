import { describe, expect, it } from 'vitest';
import { makeLayout } from '../../../../shared/parameters/layout.ts';
import { VectorMemory } from '../../../../shared/parameters/memory.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';
import { DELTA_CODECS, type DeltaCodec, Reference } from '../../../../shared/parameters/reference.ts';

const layout = makeLayout([
  { name: 'weight', dims: [70, 30], section: 'trainable', decay: true },
  { name: 'bias', dims: [30], section: 'trainable', decay: false },
  { name: 'mean', dims: [30], section: 'buffers', decay: false },
]);

/** Weights that wander, and what a coordinator keeps of what it sent. */
class Walk {
  readonly memory = VectorMemory.create(4 * layout.length);
  readonly weights = this.memory.allocate(layout.length);
  readonly change = this.memory.allocate(layout.length);
  readonly reference = new Reference(layout, this.memory.allocate(layout.length));
  readonly random = createRandom(5);
  number = 0;

  constructor() {
    this.move(1);
    this.reference.copy('0', this.weights);
  }

  move(size: number): void {
    // The padding between tensors is zero for ever, and does not travel.
    for (const { offset, length } of layout.entries) {
      for (let i = offset; i < offset + length; i++) {
        this.weights.view[i]! += size * (this.random.next() - 0.5);
      }
    }
  }

  step(codec: DeltaCodec) {
    const { kernels } = this.memory;
    kernels.copy(this.change, this.weights);
    kernels.axpy(this.change, -1, this.reference.vector);
    const bytes = this.reference.encode(this.change, codec, ++this.number);
    const delta = { base: String(this.number - 1), id: String(this.number), codec, bytes };
    this.reference.add(delta);
    return delta;
  }

  whole(): Uint8Array {
    return new Uint8Array(this.reference.vector.view.slice().buffer);
  }

  distance(): number {
    return this.weights.view.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - this.reference.vector.view[i]!)),
      0,
    );
  }
}

describe('weights that follow by deltas', () => {
  it.each(DELTA_CODECS)('are the same bit for bit everywhere, as %s', (codec) => {
    const walk = new Walk();
    const first = new Reference(layout);
    first.take('0', walk.whole());
    const late = new Reference(layout);
    for (let version = 1; version <= 20; version++) {
      walk.move(0.01);
      const delta = walk.step(codec);
      first.add(delta);
      if (version > 10) late.add(delta);
      if (version === 10) late.take('10', walk.whole());
    }
    for (const member of [first, late]) {
      expect(member.id).toBe('20');
      expect(new Uint32Array(member.vector.view.slice().buffer)).toEqual(
        new Uint32Array(walk.reference.vector.view.slice().buffer),
      );
    }
  });

  it.each([
    // Of one step: the largest change of a block over 127, or an ulp of it.
    ['int8', 0.01 / 127],
    ['bf16', 0.01 / 256],
    ['f16', 0.01 / 2048],
  ] as const)('as %s lose no more after 200 versions than after one', (codec, bound) => {
    const walk = new Walk();
    const distances: number[] = [];
    for (let version = 0; version < 200; version++) {
      walk.move(0.01);
      walk.step(codec);
      distances.push(walk.distance());
    }
    expect(distances[0]).toBeGreaterThan(0);
    // Each step adds at most 0.005 to what the one before lost, and rounding the sum to float32 an ulp of 1.
    expect(Math.max(...distances)).toBeLessThan(bound + 2 ** -22);
  });

  it('without the feedback would lose more and more: the distance is what the test above is about', () => {
    const walk = new Walk();
    const blind = new Reference(layout);
    blind.take('0', walk.whole());
    const before = walk.memory.allocate(layout.length);
    const distances: number[] = [];
    for (let version = 1; version <= 200; version++) {
      walk.memory.kernels.copy(before, walk.weights);
      walk.move(0.01);
      walk.memory.kernels.copy(walk.change, walk.weights);
      walk.memory.kernels.axpy(walk.change, -1, before);
      const bytes = walk.reference.encode(walk.change, 'int8', version);
      blind.add({ base: String(version - 1), id: String(version), codec: 'int8', bytes });
      distances.push(
        walk.weights.view.reduce((most, w, i) => Math.max(most, Math.abs(w - blind.vector.view[i]!)), 0),
      );
    }
    expect(distances.at(-1)).toBeGreaterThan(4 * distances[0]!);
  });

  it('refuse a step that starts from other weights, and one of another size, before anything changes', () => {
    const walk = new Walk();
    const member = new Reference(layout);
    walk.move(0.01);
    const delta = walk.step('int8');
    expect(() => member.add(delta)).toThrow(/is for who holds 0, and none is held here/);
    member.take('0', walk.whole());
    const before = member.vector.view.slice();
    expect(() => member.add({ ...delta, base: '7' })).toThrow(/is for who holds 7, and 0 is held here/);
    expect(() => member.add({ ...delta, bytes: delta.bytes.subarray(1) })).toThrow(
      /has \d+ bytes; as int8 it takes \d+/,
    );
    expect(() => member.add({ ...delta, codec: 'bf16' })).toThrow(/as bf16 it takes/);
    expect(member.vector.view).toEqual(before);
    expect(member.id).toBe('0');
  });

  it('do not pass for held after whole weights of another model', () => {
    const member = new Reference(layout);
    member.take('0', new Walk().whole());
    expect(() => member.take('1', new Uint8Array(12))).toThrow(/12 bytes arrived/);
    expect(member.id).toBeUndefined();
  });

  it('take 1.02 bytes a weight as int8, and biases and statistics stay exact', () => {
    const reference = new Reference(layout);
    expect(reference.deltaBytes('int8')).toBe(2100 + 4 * Math.ceil(2100 / 256) + 4 * 60);
    expect(reference.deltaBytes('bf16')).toBe(2 * layout.length);
    expect(reference.wholeBytes).toBe(4 * layout.length);
  });
});
