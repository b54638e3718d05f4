import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { EXIT, exitCodeOfSignal } from '../../cli/exit-codes.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { checkFederatedBooks } from '../support/books.ts';
import { CHROMIUM, launchChromium, newPage, sayNoChromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/digits.ts';
import { digitLines } from '../support/federated.ts';
import { freePort } from '../support/ports.ts';
import { killAll, type TributaryProcess, tributary } from '../support/processes.ts';

const SITES = 6;
const TABS = CHROMIUM ? 3 : 0;
/** A seed that failed can be given again. */
const SEED = Number(process.env['TRIBUTARY_SEED'] ?? Date.now() % 1_000_000);
const ROUNDS = process.env['CI'] ? 40 : 150;
/** A busy machine takes seconds for a round, with browsers that are loaded anew. */
const LIMIT_MS = ROUNDS * 20_000;
/** In which rounds the coordinator is killed. */
const DEATHS = [0.3, 0.7].map((share) => Math.round(share * ROUNDS));

if (!CHROMIUM) sayNoChromium('three tabs among the participants of test/chaos/federation.test.ts');

let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  await killAll();
});

const folder = temporaryFolder();
const runs = join(folder, 'runs');

/** Every fifth row is the common test set; the others are dealt, so that each participant has a shard of its own. */
function shards(): string[] {
  const lines = digitLines();
  const tables = Array.from({ length: SITES + TABS }, (): string[] => []);
  const common: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index % 5 === 0) common.push(line);
    else tables[index % tables.length]!.push(line);
  }
  writeFileSync(join(folder, 'common.csv'), `${common.join('\n')}\n`);
  return tables.map((table, index) => {
    const file = join(folder, `shard-${index}.csv`);
    writeFileSync(file, `${table.join('\n')}\n`);
    return file;
  });
}

const JOB = `
name: federation
data:
  held-by: members
  source: common.csv
  format: { header: false }
  target: { column: 64, classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
  features: { columns: [{ from: 0, to: 63 }], shape: [1, 8, 8], normalize: { divide: 16 } }
  test: 0
model: { layers: [{ conv: { filters: 16, kernel: 3, padding: same } }, relu, { max-pool: 2 }, flatten, { dense: 10 }] }
loss: cross-entropy
optimizer: { sgd: { learning-rate: 0.05 } }
strategy: { fedavg: 15 }
batch: 16
rounds: ${ROUNDS}
members: { minimum: 5, selection: { participants: 9, deadline: 20 } }
evaluate: { every: { rounds: 10 } }
`;

it(
  `a federation of ${SITES} sites and ${TABS} tabs survives kill -9 of all kinds (seed ${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const tables = shards();
    writeFileSync(join(folder, 'job.yaml'), JOB);
    // A coordinator that comes back listens where it did.
    const [grpc, websocket] = [await freePort(), await freePort()];
    const joinFile = join(folder, 'join.json');
    const startCoordinator = (): TributaryProcess =>
      tributary([
        ...['coordinator', join(folder, 'job.yaml'), '--run', 'federation', '--runs', runs, '--insecure'],
        ...['--listen', `127.0.0.1:${grpc}`, '--websocket', `127.0.0.1:${websocket}`],
        ...['--join-file', joinFile],
      ]);
    const startSite = (index: number): TributaryProcess =>
      tributary([
        ...['participate', '--join-file', joinFile, '--insecure', '--yes', '--threads', '1'],
        ...['--name', `site-${index}`, '--data', tables[index]!, '--state', join(folder, `state-${index}`)],
      ]);
    let coordinator = startCoordinator();
    const [, link] = await coordinator.saw(/(http:\/\/\S+\/join\/#\S+)/);
    const tabs: Page[] = [];
    if (TABS > 0) browser = await launchChromium();
    for (let index = 0; index < TABS; index++) {
      const page = await newPage(browser!);
      await page.goto(link!);
      await page.locator('#data').waitFor();
      await page.setInputFiles('#table-file', tables[SITES + index]!);
      await page.locator('#agree').check();
      await page.getByRole('button', { name: 'Take part' }).click();
      tabs.push(page);
    }
    for (const page of tabs) await shows(page, '#part:visible');
    // With them the run has as many as it needs, and begins.
    const sites = Array.from({ length: SITES }, (_, index) => startSite(index));

    const happened: string[] = [];
    const deaths = [...DEATHS];
    for (let last = 0; last < ROUNDS - 8; ) {
      const round = await roundAfter(last + 2 + Math.floor(random.next() * 4));
      last = round;
      if (deaths[0] !== undefined && round >= deaths[0]) {
        deaths.shift();
        happened.push(`coordinator in round ${round}`);
        coordinator.signal('SIGKILL');
        await coordinator.ended;
        coordinator = startCoordinator();
        // The page is the coordinator's own: while that is dead there is nothing to load.
        await coordinator.saw(/join\/#/);
      } else if (tabs.length > 0 && random.next() < 0.4) {
        happened.push(`reload in round ${round}`);
        const page = tabs[Math.floor(random.next() * tabs.length)]!;
        await page.reload();
        await shows(page, '#part:visible, #end:visible');
      } else {
        const index = Math.floor(random.next() * SITES);
        happened.push(`site ${index} in round ${round}`);
        sites[index]!.signal('SIGKILL');
        await sites[index]!.ended;
        sites[index] = startSite(index);
      }
    }
    const end = await coordinator.end(600_000);
    console.log(`killed or loaded anew: ${happened.join(', ')}`);
    expect(end.stderr).not.toMatch(/^\s+at /m);
    expect(end.code).toBe(EXIT.ok);
    // One that was started when all was over would wait for a coordinator: it goes when it is asked to, in good order or
    // before it has begun.
    for (const site of sites) {
      const isLate = !site.stderr.includes('joined run');
      if (isLate) site.signal('SIGINT');
      const { code, signal } = await site.end();
      if (!isLate) expect(code).toBe(EXIT.ok);
      // Interrupted before it took part, or just as it did.
      else if (signal === null) expect([exitCodeOfSignal('SIGINT'), EXIT.ok]).toContain(code);
      else expect(signal).toBe('SIGINT');
    }
    // One that was on its way back when the coordinator had gone does not know: it goes on trying.
    for (const page of tabs) await shows(page, '#end:visible, #status:has-text("No connection")');
    expect(happened.filter((what) => what.startsWith('coordinator'))).toHaveLength(2);

    const rows = tables.map((_, index) => sizeOf(index, tables.length));
    const { run, evaluations } = checkFederatedBooks(join(runs, 'federation'), { rounds: ROUNDS, rows });
    expect(run.status).toBe('completed');
    expect(run.incarnation).toBe(3);
    expect(evaluations.at(-1)!.metrics['accuracy']).toBeGreaterThanOrEqual(0.95);
  },
  LIMIT_MS,
);

/** Waits for a part of the page; what it shows instead is said. */
async function shows(page: Page, part: string): Promise<void> {
  try {
    await page.locator(part).first().waitFor();
  } catch (cause) {
    const status = await page.locator('#status').innerText();
    throw new Error(`a tab has no ${part}: ${status}: ${await page.locator('main').innerText()}`, { cause });
  }
}

function sizeOf(shard: number, count: number): number {
  return digitLines().filter((_, index) => index % 5 !== 0 && index % count === shard).length;
}

/** Waits until so many rounds are committed; resolves with how many are. */
async function roundAfter(round: number): Promise<number> {
  let committed = 0;
  const wanted = Math.min(round, ROUNDS - 1);
  await expect
    .poll(
      () => {
        const reader = readRun(join(runs, 'federation'));
        try {
          committed = reader.versions().at(-1)?.round ?? 0;
        } finally {
          reader.close();
        }
        return committed;
      },
      { timeout: 600_000, interval: 100 },
    )
    .toBeGreaterThanOrEqual(wanted);
  return committed;
}
