import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../coordinator/store/read-run.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { readSafetensors } from '../../shared/parameters/safetensors.ts';
import { killAll, tributary } from '../support/processes.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/fine-tune/', import.meta.url));
const runs = mkdtempSync(join(tmpdir(), 'tributary-fine-tune-'));
/** Ten classes by chance: 0.1. The file knows five of them. */
const LEARNT = 0.9;

let id: string;
beforeAll(async () => {
  const end = await tributary(['run', join(EXAMPLE, 'lora.yaml'), '--workers', '2', '--runs', runs]).end();
  expect(end).toMatchObject({ code: 0 });
  id = readdirSync(runs).find((name) => name.startsWith('digits-lora'))!;
});
afterAll(async () => {
  await killAll();
  rmSync(runs, { recursive: true, force: true });
});

describe('a file that PyTorch wrote, fine-tuned with adapters on two members', () => {
  it('learns the classes that it did not know, with updates of the size of the adapters', () => {
    const run = readRun(join(runs, id));
    const last = run.evaluations().at(-1)!;
    run.close();
    expect(last.metrics['accuracy']).toBeGreaterThan(LEARNT);
  });

  it('is written under the names of the file, its frozen weights changed by the adapters', () => {
    const before = readModel(new Uint8Array(readFileSync(join(EXAMPLE, 'digits-0-4.onnx'))));
    const after = readModel(new Uint8Array(readFileSync(join(runs, id, 'model.onnx'))));
    expect(after.graph.inputs.map(({ name, type }) => [name, type])).toEqual([['pixels', 'float32']]);
    expect(after.graph.outputs.map(({ name }) => name)).toEqual(['probabilities']);
    const [old, tuned] = [before, after].map(
      ({ graph }) => graph.initializers.get('fc1.weight')!.data as Float32Array,
    );
    expect(tuned!.some((value, index) => value !== old![index])).toBe(true);
    const bias = [before, after].map(({ graph }) => graph.initializers.get('fc1.bias')!.data);
    expect(bias[1]).toEqual(bias[0]);
  });

  it('gives its adapters alone', async () => {
    const file = join(runs, 'adapters.safetensors');
    const end = await tributary(['export', id, '--runs', runs, '--adapters', file]).end();
    expect(end).toMatchObject({ code: 0 });
    const names = readSafetensors(new Uint8Array(readFileSync(file))).vectors.map(({ name }) => name);
    expect(names).toContain('base_model.model.fc1.lora_A.weight');
    expect(names).toContain('base_model.model.conv2.lora_B.weight');
    const config = JSON.parse(readFileSync(join(runs, 'adapter_config.json'), 'utf8'));
    expect(config).toMatchObject({
      peft_type: 'LORA',
      r: 4,
      lora_alpha: 8,
      target_modules: ['conv1', 'conv2', 'fc1'],
    });
  });

  it('is listed weight by weight before it begins', async () => {
    const end = await tributary(['check', join(EXAMPLE, 'job.yaml')]).end();
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).toMatch(/6 weights found in the file: 4 train, 2 are frozen/);
    expect(end.stdout).toMatch(/frozen {2}onnx::Conv_34 +\[16, 1, 3, 3\]/);
    expect(end.stdout).toMatch(
      /2 weights of the new head train\n {4}trains {2}head\.\S+weight +\[\d+, \d+\]\n {4}trains {2}head\.\S+bias +\[10\]/,
    );
  });
});
