import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { EXIT, exitCodeOfSignal } from '../../cli/exit-codes.ts';
import { table } from '../../cli/ui/table.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { checkBooks } from '../support/books.ts';
import { temporaryFolder } from '../support/digits.ts';
import { digitLines } from '../support/federated.ts';
import {
  type JoinCommand,
  joinCommandOf,
  killAll,
  type TributaryProcess,
  tributary,
  worker,
} from '../support/processes.ts';
import { HAS_PROC, probed, Sampler } from '../support/soak/samples.ts';
import { BOUNDS, mib, type Row, verdict } from '../support/soak/verdict.ts';

const MINUTES = Number(process.env['TRIBUTARY_MINUTES'] ?? 30);
/** A seed that failed can be given again. */
const SEED = Number(process.env['TRIBUTARY_SEED'] ?? Date.now() % 1_000_000);
const LOOK_MS = 1_000;
/** For a process to begin, on a machine that is busy with much else. */
const PATIENCE_MS = 300_000;
/** Members that are there all the time, and are watched like the coordinator. */
const STEADY = 2;
const BATCH = 64;
const ROWS = 640;

const folder = temporaryFolder();
const JOB = `name: soak
data: { source: rows.csv, format: { header: false }, target: { column: 64 }, features: { normalize: { divide: 16 } }, test: 0 }
model: { mlp: { hidden: [32] } }
loss: cross-entropy
optimizer: { sgd: 0.05 }
strategy: synchronous
epochs: 1000000
batch: ${BATCH}
checkpoint: { rounds: 20, best: none }
members: { minimum: 1 }
`;

afterEach(killAll);

/** Workers that come and go, one after the other, some in good order and some not. */
async function comeAndGo(join: JoinCommand, over: () => boolean): Promise<{ left: number; killed: number }> {
  const random = createRandom(SEED);
  const went = { left: 0, killed: 0 };
  while (!over()) {
    const member = worker(join, ['--name', `guest-${went.left + went.killed}`]);
    await member.saw(/joined run/, PATIENCE_MS);
    // How long it stays is a part of what is tried: no condition to wait for.
    await pause(random.next() * 4_000);
    if (random.next() < 0.3) {
      member.signal('SIGKILL');
      await member.end();
      went.killed++;
    } else {
      member.signal('SIGTERM');
      const { code } = await member.end();
      expect([EXIT.ok, exitCodeOfSignal('SIGTERM')]).toContain(code);
      went.left++;
    }
  }
  return went;
}

async function watch(
  sampler: Sampler,
  processes: Readonly<Record<string, TributaryProcess>>,
  until: number,
): Promise<void> {
  const pids = Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid]));
  while (performance.now() < until) {
    sampler.look(pids);
    await pause(LOOK_MS);
  }
}

function shown(row: Row): string[] {
  const [before, middle, after] = row.resident.map(mib);
  const [p99, most] = row.lateMs.map((late) => `${late.toFixed(0)} ms`);
  return [row.process, before!, middle!, after!, row.descriptors.join(', '), p99!, most!];
}

const HEAD = ['process', 'memory, 1st third', '2nd', '3rd', 'descriptors', 'event loop late, 99 %', 'most'];

if (!HAS_PROC)
  console.log('SKIPPED: soak: memory and descriptors of processes are read from /proc, which is not here');

it.runIf(HAS_PROC)(
  `a run of ${MINUTES} minutes whose members come and go holds its memory (seed ${SEED})`,
  async () => {
    const probes = join(folder, 'probes');
    mkdirSync(probes);
    writeFileSync(join(folder, 'job.yaml'), JOB);
    writeFileSync(join(folder, 'rows.csv'), `${digitLines().slice(0, ROWS).join('\n')}\n`);
    const env = probed(probes);
    const coordinator = tributary(
      [
        'coordinator',
        join(folder, 'job.yaml'),
        '--runs',
        join(folder, 'runs'),
        '--run',
        'soak',
        '--listen',
        '127.0.0.1:0',
      ],
      { env },
    );
    const joining = await joinCommandOf(coordinator);
    const steady = Array.from({ length: STEADY }, (_, index) =>
      worker(joining, ['--name', `steady-${index + 1}`], env),
    );
    for (const member of steady) await member.saw(/joined run/, PATIENCE_MS);
    const began = performance.now();
    const until = began + MINUTES * 60_000;
    const sampler = new Sampler(probes);
    const members = Object.fromEntries(steady.map((member, index) => [`steady-${index + 1}`, member]));
    const [, guests] = await Promise.all([
      watch(sampler, { coordinator, ...members }, until),
      comeAndGo(joining, () => performance.now() >= until),
    ]);
    const seconds = (performance.now() - began) / 1000;
    coordinator.signal('SIGINT');
    const ended = await coordinator.end();
    expect(ended.code, ended.stderr).toBe(EXIT.stopped);
    for (const member of steady) expect((await member.end()).code).toBe(EXIT.ok);

    const directory = join(folder, 'runs', 'soak');
    const reader = readRun(directory);
    const rounds = reader.rounds().map(({ round }) => round);
    reader.close();
    const { rows, faults } = verdict(sampler.samples);
    const rate = rounds.length / seconds;
    console.log(
      [
        table(HEAD, rows.map(shown)),
        `${rounds.length} rounds in ${(seconds / 60).toFixed(1)} minutes, ${rate.toFixed(1)} a second; ` +
          `${guests.left + guests.killed} guests, of whom ${guests.killed} were killed`,
        `Verdict: ${faults.length === 0 ? 'steady' : faults.join('; ')} (the last third may have ${100 * BOUNDS.memory.share} % and ` +
          `${mib(BOUNDS.memory.bytes)} more memory than the second, and ${BOUNDS.descriptors} descriptors)`,
      ].join('\n'),
    );
    expect(faults).toEqual([]);
    expect(guests.left + guests.killed).toBeGreaterThan(0);
    expect(rounds, 'a round is missing').toEqual(rounds.map((_, index) => index));
    expect(checkBooks(directory, { rounds: rounds.length, examplesOf: () => BATCH }).status).toBe('stopped');
  },
  MINUTES * 60_000 + 600_000,
);
