import { describe, expect, it } from 'vitest';
import type { EngineName } from '../../engines/create.ts';
import type { Job, MemoryJob } from '../../shared/job/job.ts';
import type { UsedPrecision } from '../../shared/programs/precision.ts';
import { Cluster } from '../support/cluster.ts';
import { CNN, digitsData, digitsJob } from '../support/digits.ts';
import { float16Gpu } from '../support/software-gpu.ts';

const data = await digitsData();

interface Trained {
  readonly weights: Float32Array;
  readonly accuracy: number;
  /** What each member said it trains in. */
  readonly used: readonly (UsedPrecision | undefined)[];
  /** What the coordinator shows of them. */
  readonly engines: readonly string[];
}

async function train(job: Job, engines: readonly EngineName[]): Promise<Trained> {
  const cluster = await Cluster.open({ ...job, members: { ...job.members, minimum: engines.length } }, data);
  const used: (UsedPrecision | undefined)[] = [];
  let accuracy = 0;
  cluster.coordinator.on('evaluated', ({ metrics }) => {
    accuracy = metrics['accuracy']!;
  });
  for (const [index, engine] of engines.entries()) {
    const member = await cluster.join(`member-${index}`, { engine });
    member.on('ready', ({ precision }) => {
      used[index] = precision;
    });
  }
  cluster.coordinator.start();
  const outcome = await cluster.coordinator.finished;
  expect(outcome.reason).toBe('completed');
  const weights = cluster.coordinator.weights.values.slice();
  const shown = cluster.coordinator.memberViews.map((member) => member.engine);
  await cluster.close();
  return { weights, accuracy, used, engines: shown };
}

const asks = (precision: MemoryJob['precision']): Partial<Job> => ({
  memory: { recompute: 'off', precision },
});

describe('mixed precision', () => {
  it('learns the digits where engines emulate float16', async () => {
    const job = digitsJob({ model: CNN, epochs: 12, ...asks('emulated') });
    const { accuracy, used, weights } = await train(job, ['cpu', 'wasm']);
    expect(used).toEqual(['emulated', 'emulated']);
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(accuracy).toBeGreaterThanOrEqual(0.95);
  });

  it('learns the digits in float16 of the device’s own', async () => {
    const device = await float16Gpu();
    if (typeof device === 'string') {
      console.info(`SKIPPED: a run in float16 of a device’s own: ${device}`);
      expect(device).not.toBe('');
      return;
    }
    await device.close();
    const job = digitsJob({ model: CNN, epochs: 4, ...asks('mixed') });
    const { accuracy, used, engines, weights } = await train(job, ['webgpu', 'cpu']);
    expect(used).toEqual(['mixed', 'float32']);
    expect(engines[0]).toBe('onnxruntime-node webgpu, float16');
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(accuracy).toBeGreaterThanOrEqual(0.9);
  });

  it('gives with many members what it gives with one, as far as float16 goes, also where one of them has none', async () => {
    const some = { epochs: undefined, rounds: 40, evaluate: { every: { rounds: 40 } } } as const;
    const mixed = digitsJob({ ...some, ...asks('emulated') });
    const exact = await train(digitsJob(some), ['cpu']);
    const difference = ({ weights }: Trained) =>
      Math.hypot(...exact.weights.map((value, at) => value - weights[at]!)) / Math.hypot(...exact.weights);
    expect(difference(await train(mixed, ['cpu']))).toBeLessThan(5e-3);
    expect(difference(await train(mixed, ['cpu', 'cpu', 'cpu']))).toBeLessThan(5e-3);
    const both = await train(mixed, ['cpu', 'tfjs']);
    expect(both.used).toEqual(['emulated', 'float32']);
    expect(both.engines[0]).toBe('onnxruntime-node cpu, float16 emulated');
    expect(difference(both)).toBeLessThan(5e-3);
  });

  it('is float32 to the bit, and says so, where no engine has float16 of its own', async () => {
    const job = digitsJob({ epochs: undefined, rounds: 10, evaluate: { every: { rounds: 10 } } });
    const plain = await train(job, ['cpu']);
    const asked = await train({ ...job, ...asks('mixed') }, ['cpu']);
    expect(plain.used).toEqual([undefined]);
    expect(asked.used).toEqual(['float32']);
    expect(asked.engines).toEqual(['onnxruntime-node cpu, float32']);
    expect(plain.engines).toEqual(['onnxruntime-node cpu']);
    expect(asked.weights).toEqual(plain.weights);
  });
});
