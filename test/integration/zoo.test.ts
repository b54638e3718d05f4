import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { runJob } from '../../index.ts';
import { temporaryFolder } from '../support/digits.ts';

// Processes start slowly on a machine that is busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** The job of an example with fewer epochs, its data by absolute path. */
function shortened(example: string, epochs: number): { job: string; runs: string } {
  const folder = temporaryFolder();
  const text = readFileSync(join(EXAMPLES, example, 'job.yaml'), 'utf8');
  const source = /source: (\S+)/.exec(text)![1]!;
  const job = join(folder, 'job.yaml');
  writeFileSync(
    job,
    text
      .replace(`source: ${source}`, `source: ${join(EXAMPLES, example, source)}`)
      .replace(/^epochs: \d+$/m, `epochs: ${epochs}`),
  );
  return { job, runs: join(folder, 'runs') };
}

describe('the examples, shortened, learn what an untrained model cannot know', () => {
  // Untrained: 10 % of the digits; always saying `benign`: 63 % of the tumours.
  it.each([
    ['digits-resnet', 2, 0.8],
    ['digits-mobilenet', 3, 0.7],
    ['digits-vit', 6, 0.7],
    ['digits-lstm', 4, 0.8],
    ['breast-cancer', 5, 0.9],
  ] as const)('%s in %i epochs', async (example, epochs, least) => {
    const { job, runs } = shortened(example, epochs);
    const run = runJob(job, { workers: 1, runs });
    let accuracy = 0;
    let file = '';
    run.on('evaluated', ({ metrics }) => {
      accuracy = metrics['accuracy'] ?? 0;
    });
    run.on('exported', (exported) => {
      file = exported.file;
      expect(exported.maxDifference).toBeLessThan(1e-3);
    });
    const { reason } = await run.done;
    expect(reason).toBe('completed');
    expect(accuracy).toBeGreaterThan(least);
    expect(existsSync(file)).toBe(true);
  });
});
