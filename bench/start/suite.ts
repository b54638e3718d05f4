import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spreadOf } from '../spread.ts';
import type { Suite } from '../suite.ts';
import { exampleRows } from './examples.ts';

/** From dist/bench/start. */
const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const JOB = fileURLToPath(new URL('../../../examples/digits/job.yaml', import.meta.url));

/** Milliseconds between looks at whether the first step is made: the resolution. */
const LOOK_MS = 10;
const PATIENCE_MS = 60_000;

export const startSuite: Suite = {
  name: 'start',
  about: 'from the command to the first step, and from the job to it for each model of the zoo',
  async run(context) {
    const { short, say, folder } = context;
    const times: number[] = [];
    for (let go = 0; go < (short ? 1 : 5); go++) {
      say('from the command to the first step');
      times.push(await firstStep(mkdtempSync(join(folder, 'start-'))));
    }
    return [
      {
        name: 'from `tributary run` to the first step, digits example, two workers',
        unit: 'ms',
        ours: spreadOf(times),
        bound:
          'four Node processes that start one after the other (command, coordinator, then both workers at once), loading onnxruntime-node’s library, deriving the gradient program, and reading the table.',
      },
      ...(await exampleRows(context)),
    ];
  },
};

/** Milliseconds until the coordinator of a new run says that a round is over. */
async function firstStep(runs: string): Promise<number> {
  const metrics = `127.0.0.1:${await freePort()}`;
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [MAIN, 'run', JOB, '--workers', '2', '--runs', runs, '--metrics', metrics],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    while (!(await stepped(metrics))) {
      if (child.exitCode !== null) throw new Error(`the command ended with code ${child.exitCode}`);
      if (performance.now() - startedAt > PATIENCE_MS) throw new Error('no step was made within a minute');
      await wait(LOOK_MS);
    }
    return performance.now() - startedAt;
  } finally {
    stop(child);
    await ended;
  }
}

function stop(child: ChildProcess): void {
  if (child.exitCode === null) child.kill('SIGINT');
}

/** Whether the coordinator is there and has closed a round. */
async function stepped(metrics: string): Promise<boolean> {
  try {
    const health = (await (await fetch(`http://${metrics}/healthz`)).json()) as { round: number };
    return health.round >= 1;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
