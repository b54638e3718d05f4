import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runJob } from '../../index.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { temporaryFolder } from '../support/digits.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

interface Shortened {
  readonly job: string;
  readonly runs: string;
}

/** The job of an example with fewer epochs or rounds, its data by absolute path. */
function shortened(file: string, length: number): Shortened {
  const folder = temporaryFolder();
  const path = join(EXAMPLES, file);
  const job = join(folder, 'job.yaml');
  writeFileSync(
    job,
    readFileSync(path, 'utf8')
      .replace(/^ {2}(source|text): (\S+)$/m, (_, key, data) => `  ${key}: ${join(dirname(path), data)}`)
      .replace(/^(epochs|rounds): \d+$/m, (_, key) => `${key}: ${length}`)
      .replace(/every: \{ rounds: \d+ \}/, `every: { rounds: ${length} }`),
  );
  return { job, runs: join(folder, 'runs') };
}

/** Runs a job to its end: what the last evaluation says, and the files that were exported. */
async function finished({ job, runs }: Shortened) {
  const run = runJob(job, { workers: 1, runs });
  let metrics: Readonly<Record<string, number>> = {};
  let files: { readonly file: string; readonly tokenizer?: string } = { file: '' };
  run.on('evaluated', (evaluated) => {
    metrics = evaluated.metrics;
  });
  run.on('exported', (exported) => {
    files = exported;
    expect(exported.maxDifference).toBeLessThan(1e-3);
  });
  const { reason } = await run.done;
  expect(reason).toBe('completed');
  expect(existsSync(files.file)).toBe(true);
  return { metrics, ...files };
}

describe('the examples, shortened, learn what an untrained model cannot know', () => {
  // Untrained: 10 % of the digits; always saying `benign`: 63 % of the tumours; all background: 0.07 of the scenes; at
  // random: an area of 0.5 under the curve.
  it.each([
    ['digits-resnet', 2, 'accuracy', 0.8],
    ['digits-mobilenet', 3, 'accuracy', 0.7],
    ['digits-lenet', 6, 'accuracy', 0.7],
    ['digits-vit', 6, 'accuracy', 0.7],
    ['digits-lstm', 4, 'accuracy', 0.8],
    ['digits-segmentation', 7, 'mean-iou', 0.4],
    ['breast-cancer', 5, 'accuracy', 0.9],
    ['speeches', 3, 'roc-auc', 0.85],
    ['two-tower', 8, 'roc-auc', 0.6],
  ] as const)('%s in %i epochs', async (example, epochs, metric, least) => {
    const { metrics } = await finished(shortened(`${example}/job.yaml`, epochs));
    expect(metrics[metric]).toBeGreaterThan(least);
  });

  it('digits-strips in 10 epochs reads what a model that is untrained, and reads nothing, has all wrong', async () => {
    const { metrics, file } = await finished(shortened('digits-strips/job.yaml', 10));
    expect(metrics['label-error-rate']).toBeLessThan(0.6);
    expect(readModel(readFileSync(file)).metadata).toMatchObject({
      'tributary.decoding': 'ctc-best-path',
      'tributary.blank': '0',
    });
  });

  // How often each character occurs has a loss of 3.35 on the held-out part.
  it.each(['job', 'gru', 'rnn'])('shakespeare-lstm/%s.yaml in 120 rounds', async (name) => {
    const { metrics } = await finished(shortened(`shakespeare-lstm/${name}.yaml`, 120));
    expect(metrics['loss']).toBeLessThan(2.7);
  });

  it('shakespeare-bert in 400 rounds, and what was learned goes into a classifier of sentences', async () => {
    const { metrics, file, tokenizer } = await finished(shortened('shakespeare-bert/job.yaml', 400));
    // How often each token occurs has a loss of 5.17.
    expect(metrics['loss']).toBeLessThan(5);
    const second = shortened('shakespeare-bert/sentences.yaml', 1);
    copyFileSync(file, join(dirname(second.job), 'encoder.onnx'));
    copyFileSync(tokenizer!, join(dirname(second.job), 'encoder.tokenizer.json'));
    const classified = await finished(second);
    // Always saying `statement` is right for 71 %, and has an F1 of 0.28 over the three.
    expect(classified.metrics['macro-f1']).toBeGreaterThan(0.35);
  });
});
