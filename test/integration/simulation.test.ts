import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../coordinator/store/read-run.ts';
import { type SimulateOptions, simulate } from '../../simulation/simulate.ts';
import { temporaryFolder } from '../support/digits.ts';
import { changedJob } from '../support/simulated.ts';

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

  it('counts what deltas take, and gives the same with one engine as with two', async () => {
    // Nine of ten participants are too far behind for deltas; of three, none is.
    const few = { clients: 3, rounds: 12 };
    const lines = { '  profile:': '  profile: none', '  selection:': '  minimum: 3' };
    const wire = (word: string) => changedJob({ ...lines, 'seed:': `seed: 7\nwire: ${word}` });
    const deltas = wire('{ down: { delta: int8 } }');
    const [whole, one, two] = await Promise.all([
      simulate(wire('f32'), { runs: temporaryFolder(), engines: 1, ...few }).done,
      simulate(deltas, { runs: temporaryFolder(), engines: 1, ...few }).done,
      simulate(deltas, { runs: temporaryFolder(), engines: 2, ...few }).done,
    ]);
    expect(two.weights).toBe(one.weights);
    expect(two.bytes).toEqual(one.bytes);
    expect(one.weights).not.toBe(whole.weights);
    // The first round goes whole to each, and so does the model.
    expect(one.bytes.sent).toBeLessThan(0.45 * whole.bytes.sent);
    expect(one.metrics['accuracy']).toBeGreaterThan(whole.metrics['accuracy']! - 0.02);
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
