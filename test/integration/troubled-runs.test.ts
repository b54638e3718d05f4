import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { killAll, type TributaryProcess, tributary } from '../support/processes.ts';
import { smallDisk } from '../support/small-disk.ts';
import { Workplace } from '../support/small-job.ts';

const cleanups: (() => void)[] = [];
afterEach(async () => {
  await killAll();
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const LONG = { epochs: '400', checkpoint: '{ rounds: 5, keep: 4 }' };

function run({ jobFile, runs }: Workplace): TributaryProcess {
  return tributary(['run', jobFile, '--workers', '1', '--runs', runs]);
}

function onlyRun(place: Workplace): string {
  const [id, ...others] = place.runIds();
  expect(others).toEqual([]);
  return id!;
}

function versionsOf(place: Workplace, id: string): number[] {
  const reader = readRun(join(place.runs, id));
  try {
    return reader.versions().map(({ version }) => version);
  } finally {
    reader.close();
  }
}

/** A run that was stopped by Ctrl-C after some commits, and its id. */
async function stoppedRun(place: Workplace): Promise<string> {
  const process = run(place);
  await process.saw(/round (?:[2-9]\d|\d{3,})\//);
  process.signal('SIGINT');
  const end = await process.end();
  expect(end).toMatchObject({ code: EXIT.stopped, signal: null });
  const id = onlyRun(place);
  expect(end.stdout).toMatch(/Stopped/);
  expect(end.stdout).toContain(`tributary resume ${id}`);
  expect(versionsOf(place, id).at(-1)).toBeGreaterThanOrEqual(20);
  return id;
}

describe('an update that nobody can hand in', () => {
  it('ends the run, and says why', async () => {
    const rows = Array.from({ length: 100 }, (_, row) => `${row % 7},${(row % 7) * 1e6}\n`);
    const lines = {
      data: '{ source: rows.csv, target: { column: z, type: number } }',
      model: '{ layers: [{ dense: 1 }] }',
      loss: 'mse',
      wire: 'f16',
    };
    const end = await run(new Workplace(lines, `x,z\n${rows.join('')}`)).end();
    expect(end.stderr).toMatch(/^error: No member could do .* beyond float16's range/m);
    expect(end.code).toBe(EXIT.work);
  });
});

describe('a loss that becomes NaN', () => {
  it('at the first steps ends the run, says at which step and what to try, and keeps the weights before', async () => {
    const place = new Workplace({ optimizer: '{ adam: { learning-rate: 1.0e+30 } }' });
    const end = await run(place).end();
    const said = end.stdout + end.stderr;
    expect(said).toMatch(/diverged at step 2 \(round 1, epoch 1, learning rate 1e\+30\)/);
    expect(said).toMatch(/not finite/);
    expect(said).toMatch(/Try a smaller learning rate/);
    expect(said).toMatch(/Kept: version 0/);
    expect(said).not.toMatch(/^\s+at /m);
    expect(end.code).toBe(EXIT.diverged);
    await expectFiniteExport(place, 0);
  });

  it('told by two members, each of a piece of its own, is a divergence too', async () => {
    const rows = Array.from({ length: 200 }, (_, row) => `${row % 7},${row % 13},${(row % 7) * 3}\n`);
    const lines = {
      data: '{ source: rows.csv, target: { column: z, type: number } }',
      model: '{ mlp: { hidden: [16] } }',
      loss: 'mse',
      optimizer: '{ sgd: { learning-rate: 1000 } }',
    };
    const place = new Workplace(lines, `x,y,z\n${rows.join('')}`);
    const end = await tributary(['run', place.jobFile, '--workers', '2', '--runs', place.runs]).end();
    expect(end.stdout + end.stderr).toMatch(/Training diverged at step/);
    expect(end.code).toBe(EXIT.diverged);
  });

  it('after commits takes back those whose loss was not finite', async () => {
    // A linear model whose error grows by a factor with each step, until its square is beyond float32.
    const rows = Array.from({ length: 100 }, (_, row) => `${row % 7},${row % 5},${row % 3}\n`);
    const lines = {
      data: '{ source: rows.csv, target: { column: z, type: number } }',
      model: '{ layers: [{ dense: 1 }] }',
      loss: 'mse',
      optimizer: '{ sgd: { learning-rate: 1000 } }',
      checkpoint: '{ rounds: 1, keep: 3 }',
    };
    const place = new Workplace(lines, `x,y,z\n${rows.join('')}`);
    const end = await run(place).end();
    const kept = Number(/Kept: version (\d+)/.exec(end.stdout + end.stderr)?.[1]);
    const step = Number(/diverged at step (\d+)/.exec(end.stdout + end.stderr)?.[1]);
    // The weights of version `step - 1` gave the loss that was not finite.
    expect(kept).toBe(step - 2);
    expect(kept).toBeGreaterThan(0);
    expect(end.code).toBe(EXIT.diverged);
    await expectFiniteExport(place, kept);
  });

  async function expectFiniteExport(place: Workplace, version: number): Promise<void> {
    const id = onlyRun(place);
    expect(versionsOf(place, id).at(-1)).toBe(version);
    const out = place.path('model.onnx');
    const end = await tributary([
      'export',
      id,
      '--runs',
      place.runs,
      '--out',
      out,
      '--version',
      'last',
    ]).end();
    expect(end).toMatchObject({ code: EXIT.ok, stderr: '' });
    expect(end.stdout).toContain(`version ${version} of round ${version}`);
    for (const { data } of readModel(new Uint8Array(readFileSync(out))).graph.initializers.values()) {
      expect([...(data as Float32Array)].every(Number.isFinite)).toBe(true);
    }
  }
});

describe('Ctrl-C', () => {
  it('commits what is there, and resume completes the run as the same one', async () => {
    const place = new Workplace({ ...LONG, epochs: '100' });
    const id = await stoppedRun(place);
    const before = versionsOf(place, id).at(-1)!;
    const end = await tributary(['resume', id, '--workers', '1', '--runs', place.runs]).end();
    expect(end.code).toBe(EXIT.ok);
    expect(end.stderr).toBe('');
    expect(end.stdout).toContain(`run ${id}`);
    expect(end.stdout).toMatch(/Done/);
    expect(onlyRun(place)).toBe(id);
    // 96 training rows in batches of 16.
    expect(versionsOf(place, id).at(-1)).toBe(600);
    const reader = readRun(join(place.runs, id));
    const counted = reader.books().filter(({ status }) => status === 'committed');
    expect(counted).toHaveLength(600);
    expect(counted.filter(({ incarnation }) => incarnation === 1)).toHaveLength(before);
    expect(reader.run).toMatchObject({ status: 'completed', incarnation: 2 });
    reader.close();
  });
});

describe('a run that was stopped', () => {
  const place = new Workplace(LONG);
  let id: string;
  let newest: number;
  let before: number;

  beforeAll(async () => {
    id = await stoppedRun(place);
    [before, newest] = versionsOf(place, id).slice(-2) as [number, number];
  });

  it('is not resumed with a changed job: the difference is shown', async () => {
    place.job({ ...LONG, optimizer: '{ adam: { learning-rate: 0.02 } }', batch: '8' });
    const end = await tributary(['resume', id, '--runs', place.runs]).end();
    place.job(LONG);
    expect(end.stderr).toMatch(/started with another job/);
    expect(end.stderr).toMatch(/optimizer\.learningRate: 0\.01 -> 0\.02/);
    expect(end.stderr).toMatch(/batch: 16 -> 8/);
    expect(end.stderr).toMatch(/Undo the change.*or start a new run/);
    expect(end.stderr).not.toMatch(/^\s+at /m);
    expect(end.code).toBe(EXIT.jobChanged);
  });

  const flipByte = (file: string): void => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 3]! ^= 1;
    writeFileSync(file, bytes);
  };

  it.each([
    { what: 'with a flipped byte', spoil: flipByte, says: /its SHA-256 is/ },
    {
      what: 'without its last byte',
      spoil: (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -1)),
      says: /damaged/,
    },
    { what: 'that is missing', spoil: (file: string) => rmSync(file), says: /the file is missing/ },
  ])('has its checkpoint $what passed over by export, which says so', async ({ spoil, says }) => {
    const file = join(place.runs, id, 'checkpoints', `v${newest}-1.safetensors`);
    const intact = readFileSync(file);
    spoil(file);
    const out = place.path('model.onnx');
    const end = await tributary(['export', id, '--runs', place.runs, '--out', out]).end();
    writeFileSync(file, intact);
    expect(end.stderr).toMatch(says);
    expect(end.stderr).toContain(`exported version ${before} instead`);
    expect(end.code).toBe(EXIT.ok);
  });

  it('goes on from the checkpoint before a damaged one, and says so', async () => {
    flipByte(join(place.runs, id, 'checkpoints', `v${newest}-1.safetensors`));
    const resumed = tributary(['resume', id, '--workers', '1', '--runs', place.runs]);
    await resumed.saw(new RegExp(`version ${newest}\\).*: going on from version ${before} instead`));
    expect(resumed.stderr).toMatch(/its SHA-256 is/);
    await resumed.saw(/evaluated/);
    resumed.signal('SIGINT');
    expect((await resumed.end()).code).toBe(EXIT.stopped);
    const reader = readRun(join(place.runs, id));
    const committed = reader.books().filter(({ status }) => status === 'committed');
    expect(committed).toHaveLength(reader.versions().at(-1)!.version);
    reader.close();
  });
});

describe('a full disk', () => {
  it('in the middle of a run ends it, says so, and what was committed is resumed once there is room', async (context) => {
    const disk = smallDisk('1500k');
    if (!disk) {
      console.info('skipped: mounting a tmpfs needs root on Linux');
      return context.skip('mounting a tmpfs needs root on Linux');
    }
    cleanups.push(disk.unmount);
    // Each checkpoint of Adam takes three times 4 bytes for each of 8,000 weights.
    const place = new Workplace({
      ...LONG,
      model: '{ layers: [{ dense: 2000 }, relu, { dense: 2 }] }',
      checkpoint: '{ rounds: 5, keep: 100 }',
    });
    const runs = join(disk.path, 'runs');
    const end = await tributary(['run', place.jobFile, '--workers', '1', '--runs', runs]).end();
    // Whatever is written next finds the disk full: nearly always a checkpoint, which is the largest, else the database.
    expect(end.stderr).toMatch(
      /^error: No space left on the disk while (committing version \d+|booking updates|recording [a-z ]+)( in \S+)?\. What was committed/m,
    );
    expect(end.stderr).not.toMatch(/^\s+at /m);
    expect(end.code).toBe(EXIT.diskFull);
    const [id] = readdirSync(runs).filter((name) => !name.startsWith('.'));
    const reader = readRun(join(runs, id!));
    const latest = await reader.latest();
    reader.close();
    expect(latest?.damaged).toEqual([]);
    expect(latest?.committed.version).toBeGreaterThan(0);
    const files = readdirSync(join(runs, id!, 'checkpoints'));
    expect(files.filter((name) => !name.endsWith('.safetensors'))).toEqual([]);
    disk.grow('50m');
    const resumed = tributary(['resume', id!, '--workers', '1', '--runs', runs]);
    await resumed.saw(/evaluated/);
    resumed.signal('SIGINT');
    expect((await resumed.end()).code).toBe(EXIT.stopped);
  });
});
