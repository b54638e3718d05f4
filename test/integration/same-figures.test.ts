import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../support/digits.ts';
import { killAll, tributary } from '../support/processes.ts';
import { changedJob } from '../support/simulated.ts';
import { Workplace } from '../support/small-job.ts';

afterEach(killAll);

/** The cells of a report's table by their head, however it was laid out. */
function cellsOf(report: string): Readonly<Record<string, string>> {
  const rows = [...report.matchAll(/^│(.*)│$/gm)].map(([, row]) =>
    row!.split('│').map((cell) => cell.trim()),
  );
  const wide = rows.length === 2 && rows[0]!.length > 2;
  const pairs = wide ? rows[0]!.map((name, at) => [name, rows[1]![at]!]) : rows;
  return Object.fromEntries(pairs) as Record<string, string>;
}

async function tookOf(run: string, runs: string): Promise<string | undefined> {
  const { stdout } = await tributary(['show', run, '--runs', runs]).end();
  return /took (.*)/.exec(stdout)?.[1];
}

it('the table at the end of a run and show say the same, also when it was gone on with', async () => {
  const place = new Workplace({ epochs: '200', checkpoint: '{ rounds: 5, keep: 4 }' });
  const sentUpTo = async (...args: readonly string[]): Promise<number> => {
    const process = tributary([...args, '--workers', '1', '--runs', place.runs]);
    if (args[0] === 'run') {
      await process.saw(/round (?:[2-9]\d|\d{3,})\//);
      process.signal('SIGINT');
    }
    const { time, sent, received } = cellsOf((await process.end()).stdout);
    const [id] = place.runIds();
    expect(await tookOf(id!, place.runs)).toBe(`${time}; ${sent} sent, ${received} received`);
    const [number, unit] = sent!.split(' ');
    return Number(number) * { B: 1, kB: 1e3, MB: 1e6 }[unit as 'B' | 'kB' | 'MB'];
  };
  const first = await sentUpTo('run', place.jobFile);
  expect(await sentUpTo('resume', place.runIds()[0]!)).toBeGreaterThan(first);
});

it('the table at the end of a simulation, its page and show say the same', async () => {
  const runs = temporaryFolder();
  const job = changedJob({});
  const args = ['simulate', job, '--runs', runs, '--run', 'mine', '--rounds', '3', '--clients', '40'];
  const { stdout } = await tributary(args).end();
  const cells = cellsOf(stdout);
  const { sent, received } = cells;
  expect(await tookOf('mine', runs)).toBe(
    `${cells['virtual time']} of virtual time; ${sent} sent, ${received} received`,
  );
  const page = readFileSync(join(runs, 'mine', 'run.html'), 'utf8');
  const figures = Object.fromEntries(
    [...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<small>(.*?)<\/small>/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  ) as Record<string, string>;
  // The page leaves zeros at the end out.
  const plain = (text: string | undefined): string => `${Number.parseFloat(text!)} ${text!.split(' ')[1]}`;
  expect(figures['Bytes sent']).toBe(plain(sent));
  expect(figures['Bytes received']).toBe(plain(received));
  expect(stdout).toContain(
    `Simulated: virtual time ${cells['virtual time']}, on this machine ${cells['time on this machine']}`,
  );
  expect(Number.parseFloat(figures['Virtual time']!)).toBeCloseTo(
    Number.parseFloat(cells['virtual time']!),
    0,
  );
});
