import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../coordinator/store/read-run.ts';
import { type SimulateOptions, simulate } from '../../simulation/simulate.ts';
import { temporaryFolder } from '../support/digits.ts';

const JOB = fileURLToPath(new URL('../../examples/federated-digits/job.yaml', import.meta.url));

function run(options: SimulateOptions = {}) {
  return simulate(JOB, { runs: temporaryFolder(), engines: 2, ...options });
}

describe('a simulated run', () => {
  it('gives the same weights and the same virtual time with one engine as with two', async () => {
    const [one, two] = await Promise.all([
      run({ rounds: 12, engines: 1 }).done,
      run({ rounds: 12, engines: 2 }).done,
    ]);
    expect(two.weights).toBe(one.weights);
    expect(two.virtualMs).toBe(one.virtualMs);
    expect(two.metrics).toEqual(one.metrics);
    expect(two.bytes).toEqual(one.bytes);
    expect(one.dropouts).toBeGreaterThan(0);
  });

  it('learns, and leaves a run that can be read, a model and two pictures', async () => {
    const simulation = run({ rounds: 60 });
    const models: string[] = [];
    simulation.on('exported', ({ file }) => models.push(file));
    const result = await simulation.done;
    expect(result.outcome.reason).toBe('completed');
    expect(result.metrics['accuracy']).toBeGreaterThan(0.75);
    expect(existsSync(models[0]!)).toBe(true);
    expect(readFileSync(result.pictures.partition, 'utf8')).toContain('dirichlet, alpha 0.3');
    expect(readFileSync(result.pictures.run, 'utf8')).toContain('100 clients');
    const reader = readRun(result.directory);
    expect(reader.run.status).toBe('completed');
    expect(reader.versions().at(-1)!.version).toBe(60);
    reader.close();
  });
});
