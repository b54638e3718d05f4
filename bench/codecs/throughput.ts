import { wireOf } from '../../shared/job/wire-job.ts';
import { addSection, encodeSection } from '../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../shared/parameters/codecs/section-parts.ts';
import { makeLayout } from '../../shared/parameters/layout.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { timed } from '../steps/stepper.ts';
import type { BenchWire } from './wires.ts';

/** Samples of one encoding, in GB of float32 a second; `copy` is a plain copy of the same floats. */
export interface Throughput {
  /** Of the whole update. */
  readonly bytes: number;
  readonly encode: readonly number[];
  readonly add: readonly number[];
  readonly copy: readonly number[];
}

/** Sixteen matrices of 512 × 512 and their biases: 16.8 MB, beyond most caches. */
const SIDE = 512;
const LAYERS = 16;
/** Bytes in which chunks arrive from the wire. */
const CHUNK = 256 << 10;

const layout = makeLayout(
  Array.from({ length: LAYERS }, (_, i) => [
    { name: `weight.${i}`, dims: [SIDE, SIDE], section: 'trainable', decay: true } as const,
    { name: `bias.${i}`, dims: [SIDE], section: 'trainable', decay: false } as const,
  ]).flat(),
);
export const FLOATS = layout.length;

/** Measures the same vector through each encoding. */
export class ThroughputBench {
  private readonly memory = VectorMemory.create(3 * FLOATS);
  private readonly vector = this.memory.allocate(FLOATS);
  private readonly sum = this.memory.allocate(FLOATS);

  constructor() {
    const random = createRandom(1);
    // Sums of four uniform numbers: dense in the middle, with tails, as gradients are.
    for (let i = 0; i < FLOATS; i++) {
      this.vector.view[i] = 1e-3 * (random.next() + random.next() + random.next() + random.next() - 2);
    }
  }

  async measure({ up }: BenchWire, goes: number): Promise<Throughput> {
    const encoding = { ...wireOf({ down: 'f32', up }).up, seed: 7 };
    const parts = sectionParts(layout, encoding.codec);
    const bytes = encodeSection(this.vector, parts, encoding);
    const pieces = Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, i) =>
      bytes.subarray(i * CHUNK, (i + 1) * CHUNK),
    );
    const section = { codec: encoding.codec, bytes: pieces };
    const weights = { coded: 0.5, exact: 0.5, buffers: 0.5, trainable: layout.trainable };
    const add = () => addSection(this.sum, parts, section, weights);
    add();
    return {
      bytes: bytes.length,
      encode: await speeds(goes, () => void encodeSection(this.vector, parts, encoding)),
      add: await speeds(goes, add),
      copy: await speeds(goes, () => this.sum.view.set(this.vector.view)),
    };
  }
}

async function speeds(goes: number, run: () => void): Promise<number[]> {
  const times = await timed(goes, run);
  return times.map((milliseconds) => (4 * FLOATS) / (milliseconds * 1e6));
}
