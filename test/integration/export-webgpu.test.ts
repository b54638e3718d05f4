import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { besides, warningsOf } from '../../cli/commands/export.ts';
import { exportRun } from '../../coordinator/export/export-run.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import type { Job } from '../../shared/job/job.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { float32 } from '../../shared/onnx/tensor.ts';
import { Cluster } from '../support/cluster.ts';
import { digitsData, digitsJob, temporaryFolder } from '../support/digits.ts';
import { numbersOf, runOnce } from '../unit/autodiff/run.ts';
import { noDevice, runOnWebGpu } from '../unit/autodiff/webgpu.ts';

const data = await digitsData();

async function trained(filters: number): Promise<{ readonly job: Job; readonly directory: string }> {
  const job = digitsJob({
    ...{ epochs: undefined, rounds: 2 },
    model: {
      kind: 'layers',
      layers: [
        { type: 'conv', options: { filters, kernel: 3 } },
        { type: 'conv', options: { filters: 4, kernel: 3 } },
        { type: 'flatten', options: {} },
        { type: 'dense', options: { units: 10 } },
      ],
    },
  });
  const cluster = await Cluster.open(job, data);
  await cluster.join('member');
  cluster.coordinator.start();
  expect((await cluster.coordinator.finished).reason).toBe('completed');
  const { directory } = cluster.store;
  await cluster.close();
  return { job, directory };
}

async function exported({ job, directory }: Awaited<ReturnType<typeof trained>>, webGpu: boolean) {
  const reader = readRun(directory);
  const out = join(temporaryFolder(), 'model.onnx');
  const result = await exportRun(reader, describeRun(job, data, undefined), { out, webGpu });
  reader.close();
  expect(result.maxDifference).toBeLessThan(1e-4);
  return { ...result, model: readModel(new Uint8Array(readFileSync(out))) };
}

it('a convolution that WebGPU computes wrongly is said at export, and written in another way where asked for', async () => {
  const run = await trained(6);
  const [plain, right] = [await exported(run, false), await exported(run, true)];
  expect(plain.wrongOnWebGpu).toBe(1);
  expect(warningsOf(plain)).toEqual([expect.stringMatching(/^1 of its convolutions is .* --webgpu/)]);
  expect(right.wrongOnWebGpu).toBe(0);
  expect(warningsOf(right)).toEqual([]);
  expect(besides(plain)).toEqual([]);
  expect(besides(right)).toEqual([expect.stringMatching(/^--webgpu: 1 convolution written in another form/)]);

  const feeds = {
    features: float32(
      [2, 1, 8, 8],
      Float32Array.from({ length: 128 }, (_, at) => (at * 7) % 17),
    ),
  };
  const expected = numbersOf((await runOnce(plain.model, feeds))['logits']);
  const results = [await runOnce(right.model, feeds)];
  const reason = await noDevice();
  if (reason === undefined) results.push(await runOnWebGpu(right.model, feeds));
  else console.info(`SKIPPED: the exported file on webgpu: ${reason}`);
  for (const result of results) {
    numbersOf(result['logits']).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 3);
    });
  }
  expect([...right.model.graph.initializers.keys()]).toEqual([...plain.model.graph.initializers.keys()]);
  expect(right.model.metadata).toEqual(plain.model.metadata);
});

it('a model without such a convolution is the same file with and without it', async () => {
  const run = await trained(4);
  const [plain, right] = [await exported(run, false), await exported(run, true)];
  expect(plain.wrongOnWebGpu).toBe(0);
  expect(warningsOf(plain)).toEqual([]);
  expect(right.model).toEqual(plain.model);
});
