import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../simulation/simulate.ts';
import { temporaryFolder } from '../support/digits.ts';
import { changedJob, FEDERATED_DIGITS } from '../support/simulated.ts';

const SIMULATE = new URL('../../dist/simulation/simulate.js', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describe('many virtual participants', () => {
  it('of whom half give up in each round converge, and no round waits beyond its deadline', async () => {
    const deadlineMs = 30_000;
    const job = changedJob({
      '    - conv': '',
      '    - max-pool': '',
      '  held-out:': '  held-out: 0.1',
      '  clients:': '  clients: 1000',
      '  partition:': '  partition: iid',
      '  profile:': '  profile: { phones: { dropout: 0.5, availability: { share: 1, swing: 0 } } }',
      '  selection:': '  selection: { participants: 40, deadline: 30 }',
      'evaluate:': 'evaluate: { every: { rounds: 40 }, participants: 10 }',
    });
    const simulation = simulate(job, { runs: temporaryFolder(), rounds: 80, engines: 2 });
    const waits: number[] = [];
    simulation.on('round', ({ startedAt, closedAt }) => waits.push(closedAt - startedAt));
    const result = await simulation.done;
    expect(result.outcome.reason).toBe('completed');
    // Half of the work that was given out.
    const lost = result.dropouts / (result.updates + result.dropouts);
    expect(lost).toBeGreaterThan(0.4);
    expect(lost).toBeLessThan(0.6);
    expect(Math.max(...waits)).toBeLessThanOrEqual(deadlineMs + 1);
    expect(result.metrics['accuracy']).toBeGreaterThan(0.8);
  });

  it('to whom the partition deals no row take no part, instead of ending the run', async () => {
    const job = changedJob({
      '  partition:': '  partition: { quantity: { exponent: 6, minimum: 0 } }',
      '  selection:': '  selection: { participants: 0.5 }',
      '  profile:': '  profile: none',
    });
    const { outcome, updates } = await simulate(job, { runs: temporaryFolder(), rounds: 2, engines: 1 }).done;
    expect(outcome.reason).toBe('completed');
    expect(updates).toBeGreaterThan(2);
  });

  it('keep what SCAFFOLD has them remember, the same with one engine as with two', async () => {
    const job = changedJob({ 'strategy:': 'strategy: { scaffold: { steps: 5 } }' });
    const [one, two] = await Promise.all(
      [1, 2].map((engines) => simulate(job, { runs: temporaryFolder(), rounds: 6, engines }).done),
    );
    expect(two!.weights).toBe(one!.weights);
    expect(two!.updates).toBeGreaterThan(40);
  });

  it('take little memory each: 1,400 of them at most 25 MB more than 50', () => {
    const probe = join(temporaryFolder(), 'probe.mjs');
    writeFileSync(probe, PROBE);
    const live = (clients: number): number => {
      const args = ['--expose-gc', probe, SIMULATE, FEDERATED_DIGITS, temporaryFolder(), String(clients)];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      return Number(stdout);
    };
    expect((live(1400) - live(50)) / 1e6).toBeLessThan(25);
  });
});

/** Bytes of live objects when the last round was closed. */
const PROBE = `
const [, , module, job, runs, clients] = process.argv;
const { simulate } = await import(module);
const partition = { kind: 'iid', options: {} };
const simulation = simulate(job, { runs, clients: Number(clients), partition, rounds: 2, engines: 1 });
let bytes = 0;
simulation.on('round', () => { gc(); bytes = process.memoryUsage().heapUsed; });
await simulation.done;
console.log(bytes);
`;

describe('tributary simulate', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, 'simulate', ...args], { encoding: 'utf8' });

  it('runs a job, and says what came of it and where its pictures are', () => {
    const runs = temporaryFolder();
    const { status, stdout } = run(
      FEDERATED_DIGITS,
      ...[
        '--runs',
        runs,
        '--run',
        'mine',
        '--rounds',
        '3',
        '--clients',
        '40',
        '--partition',
        'shards:2',
        '--profile',
        'sites',
      ],
    );
    expect(status).toBe(0);
    expect(stdout).toContain('40 virtual participants');
    expect(stdout).toContain('shards');
    expect(stdout).toMatch(/Simulated: virtual time .* \d+ client updates/);
    expect(stdout).toContain(`${runs}/mine/run.html`);
    const shown = spawnSync(process.execPath, [MAIN, 'show', 'mine', '--runs', runs], { encoding: 'utf8' });
    expect(shown.stdout).toContain('completed');
    const resumed = spawnSync(process.execPath, [MAIN, 'resume', 'mine', '--runs', runs], {
      encoding: 'utf8',
    });
    expect(resumed.status).toBe(7);
    expect(resumed.stderr).toContain('done again');
  });

  it('of a job whose deadline nobody can meet ends, and names the deadline', () => {
    const job = changedJob({ '  selection:': '  selection: { participants: 10, deadline: 0.00001 }' });
    const { status, stderr } = run(job, '--runs', temporaryFolder());
    expect(stderr).toContain('error: No participant answered within members.selection.deadline (0.00001 s)');
    expect(status).toBe(19);
  });

  it('says what is wrong with a partition, and with a job that has nothing to simulate', () => {
    const wrong = run(FEDERATED_DIGITS, '--partition', 'dirichlt:0.3');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('Did you mean "dirichlet"?');
    const few = run(FEDERATED_DIGITS, '--clients', '5000', '--runs', temporaryFolder());
    expect(few.status).toBe(4);
    expect(few.stderr).toContain('5000 clients');
    const central = run(FEDERATED_DIGITS.replace('federated-digits', 'digits'));
    expect(central.status).toBe(3);
    expect(central.stderr).toContain('data.held-by');
  });
});
