import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runJob } from '../../index.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { temporaryFolder } from '../support/digits.ts';
import { readPng } from '../support/png.ts';
import { killAll, tributary } from '../support/processes.ts';

// Processes start slowly on a machine that is busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });
afterAll(killAll);

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** A run of an example with fewer epochs, its files by absolute paths. */
async function shortened(example: string, file: string, epochs: number, every: number) {
  const folder = temporaryFolder();
  const job = join(folder, 'job.yaml');
  const text = readFileSync(join(EXAMPLES, example, file), 'utf8')
    .replace(/source: (\S+)/, (_, path: string) => `source: ${join(EXAMPLES, example, path)}`)
    .replace(/onnx: (\S+)/, (_, path: string) => `onnx: ${join(EXAMPLES, example, path)}`)
    .replace(/^epochs: \d+$/m, `epochs: ${epochs}`)
    // An average over a whole run forgets its beginning; here it would be most of it.
    .replace('ema: 0.995', 'ema: 0.97')
    .replace(/every: \{ epochs: \d+ \}/, `every: { epochs: ${every} }`);
  writeFileSync(job, text);
  const run = runJob(job, { workers: 1, runs: join(folder, 'runs') });
  const metrics: Readonly<Record<string, number>>[] = [];
  const rounds: Readonly<Record<string, number>>[] = [];
  let exported: { readonly file: string; readonly decoder?: string } | undefined;
  run.on('evaluated', (evaluation) => metrics.push(evaluation.metrics));
  run.on('round', ({ sums }) => rounds.push(sums));
  run.on('exported', (model) => {
    exported = model;
  });
  expect((await run.done).reason).toBe('completed');
  return { metrics, rounds, exported: exported!, samples: join(dirname(exported!.file), 'samples') };
}

function inputsAndOutputs(file: string) {
  const { inputs, outputs } = readModel(readFileSync(file)).graph;
  return [...inputs, ...outputs].map(({ name, dims }) => [name, ...dims]);
}

describe('a GAN', () => {
  // Generated examples of an untrained network are at 240, pixels drawn independently of each other at 66, and two halves of
  // the real digits at 2 to 6.
  it.each([
    ['job.yaml', 16, 40],
    ['wasserstein.yaml', 26, 60],
  ] as const)('of %s learns in %i epochs what digits look like', async (file, epochs, most) => {
    const { metrics, rounds, exported, samples } = await shortened('digits-gan', file, epochs, epochs / 2);
    for (const sums of rounds) {
      const loss = sums['loss'] ?? sums['discriminator_loss'];
      expect(Number.isFinite(loss), JSON.stringify(sums)).toBe(true);
    }
    const turns = rounds.map((sums) => ('loss' in sums ? 'generator' : 'discriminator'));
    expect(new Set(turns)).toEqual(new Set(['generator', 'discriminator']));
    const distances = metrics.map((values) => values['frechet-distance']!);
    expect(distances).toHaveLength(2);
    expect(distances[1]).toBeLessThan(distances[0]!);
    expect(distances[1]).toBeLessThan(most);
    expect(metrics[1]).toHaveProperty('discriminator-loss');

    expect(inputsAndOutputs(exported.file)).toEqual([
      ['latent', 'batch', 32],
      ['image', 'batch', 1, 8, 8],
    ]);
    const sheets = readdirSync(samples).sort();
    expect(sheets).toHaveLength(2);
    const [first, last] = sheets.map((name) => readPng(readFileSync(join(samples, name))));
    expect([last!.width, last!.height]).toEqual([265, 265]);
    expect(first!.pixels.equals(last!.pixels)).toBe(false);
  });
});

describe('a variational autoencoder', () => {
  it('learns, and its decoder draws images by itself', async () => {
    const { metrics, exported, samples } = await shortened('digits-vae', 'job.yaml', 10, 10);
    // The mean image has 0.
    expect(metrics.at(-1)!['r2']).toBeGreaterThan(0.6);
    expect(readdirSync(samples).length).toBeGreaterThan(0);
    expect(inputsAndOutputs(exported.decoder!)).toEqual([
      ['latent', 'batch', 8],
      ['sample', 'batch', 1, 8, 8],
    ]);
    const folder = temporaryFolder();
    const picture = async (name: string, seed: string) => {
      const out = join(folder, name);
      const end = await tributary(
        ['generate', exported.decoder!, '--out', out, '--count', '9', '--seed', seed],
        { cwd: folder },
      ).end();
      expect(end.stderr).toBe('');
      expect(end.stdout).toBe(`${out}: 9 images of seed ${seed}\n`);
      return readPng(readFileSync(out));
    };
    const [one, again, other] = [
      await picture('1.png', '1'),
      await picture('2.png', '1'),
      await picture('3.png', '2'),
    ];
    expect([one.width, one.channels]).toEqual([100, 1]);
    expect(one.pixels.equals(again.pixels)).toBe(true);
    expect(one.pixels.equals(other.pixels)).toBe(false);
  });
});

describe('a GAN that cannot be trained', () => {
  it('is refused before anything starts: a penalty of each example, and normalisation over the batch', async () => {
    const folder = temporaryFolder();
    const job = join(folder, 'job.yaml');
    const text = readFileSync(join(EXAMPLES, 'digits-gan/wasserstein.yaml'), 'utf8')
      .replace('../digits', join(EXAMPLES, 'digits'))
      .replace('onnx: ', `onnx: ${join(EXAMPLES, 'digits-gan')}/`)
      .replace(', batch-norm: false', '');
    writeFileSync(job, text);
    const end = await tributary(['run', job, '--workers', '1'], { cwd: folder }).end();
    expect(end.code).not.toBe(0);
    expect(end.stderr).toContain('model.gan.discriminator');
    expect(end.stderr).toContain('batch normalisation mixes them');
    expect(existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')) : []).not.toContain(
      'digits-wgan',
    );
  });
});
