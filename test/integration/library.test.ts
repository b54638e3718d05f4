import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RunFailedError, readRun, runJob } from '../../index.ts';
import { freePort } from '../support/ports.ts';
import { Workplace } from '../support/small-job.ts';

describe('the library', () => {
  it('runs a job in processes, with typed events, metrics and health', async () => {
    const place = new Workplace({ epochs: '60' });
    const metrics = `127.0.0.1:${await freePort()}`;
    const run = runJob(place.jobFile, { workers: 2, runs: place.runs, metrics });
    const names = new Set<string>();
    run.on('member', (member) => names.add(member.name));
    let model: string | undefined;
    run.on('exported', (exported) => {
      model = exported.file;
      expect(exported.maxDifference).toBeLessThan(1e-4);
    });
    let directory = '';
    run.on('opened', (facts) => {
      directory = facts.directory;
    });
    const observed = new Promise<{ health: Record<string, unknown>; metrics: string }>((resolve, reject) => {
      const off = run.on('evaluated', () => {
        off();
        // The run does not end while it is looked at: those who work in it stand still.
        signalWorkers('SIGSTOP');
        observe()
          .finally(() => signalWorkers('SIGCONT'))
          .then(resolve, reject);
      });
      const signalWorkers = (signal: NodeJS.Signals): void => {
        for (const pid of run.pids.workers) process.kill(pid!, signal);
      };
      const observe = async (): Promise<{ health: Record<string, unknown>; metrics: string }> => ({
        health: (await (await fetch(`http://${metrics}/healthz`)).json()) as Record<string, unknown>,
        metrics: await (await fetch(`http://${metrics}/metrics`)).text(),
      });
    });
    const [outcome, seen] = await Promise.all([run.done, observed]);
    expect(outcome.reason).toBe('completed');
    expect([...names].sort()).toEqual(['worker-1', 'worker-2']);
    expect(existsSync(model!)).toBe(true);
    expect(seen.health).toMatchObject({ healthy: true, members: 2 });
    expect(seen.metrics).toMatch(/tributary_rounds_total\{.*\} \d+/);
    expect(seen.metrics).toMatch(/tributary_round_phase_seconds_count\{.*phase="compute".*\} \d+/);
    const reader = readRun(directory);
    expect(reader.run.status).toBe('completed');
    const phases = (reader.rounds()[0]!.json as { phases: Record<string, number> }).phases;
    expect(Object.keys(phases).sort()).toEqual(['aggregate', 'commit', 'compute', 'step', 'wait', 'wire']);
    reader.close();
  });

  it('rejects with the message and the exit code of what is wrong with the job', async () => {
    const place = new Workplace({ loss: 'cross-entropie' });
    const error = await runJob(place.jobFile, { runs: place.runs }).done.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({ exitCode: 3 });
    expect((error as Error).message).toMatch(/cross-entropy/);
  });

  it('was recorded as "asked to stop": a run whose workers cannot start has failed, and says why', async () => {
    const place = new Workplace();
    const run = runJob(place.jobFile, { workers: 1, runs: place.runs, engine: 'abacus' });
    let directory = '';
    run.on('opened', (facts) => {
      directory = facts.directory;
    });
    const error = await run.done.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RunFailedError);
    const reader = readRun(directory);
    expect(reader.run.status).toBe('failed');
    expect(reader.run.message).toMatch(/abacus/);
    expect((error as Error).message).toContain(reader.run.message);
    reader.close();
  });
});
