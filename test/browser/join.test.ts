import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseJob } from '../../shared/job/parse.ts';
import { CHROMIUM, failuresOf, launchChromium, newPage, sayNoChromium } from '../support/chromium.ts';
import { digitLines, digitTables, federatedJob } from '../support/federated.ts';
import { FederatedRun } from '../support/federated-run.ts';

if (!CHROMIUM) sayNoChromium('the page at /join');

/** A page that was given a table and has agreed; it takes part from then on. */
async function takePart(page: Page, link: string, table: string): Promise<void> {
  await page.goto(link);
  await page.locator('#data').waitFor();
  await page.setInputFiles('#table-file', table);
  await page.locator('#agree').check();
  await page.getByRole('button', { name: 'Take part' }).click();
}

/** One stroke through places of a canvas, begun once it stands still under the pointer. */
async function draw(
  page: Page,
  canvas: string,
  from: readonly [number, number],
  ...to: (readonly [number, number])[]
): Promise<void> {
  const pad = page.locator(canvas);
  await pad.hover({ position: { x: from[0], y: from[1] } });
  const { x, y } = (await pad.boundingBox())!;
  await page.mouse.down();
  for (const place of to) await page.mouse.move(x + place[0], y + place[1], { steps: 6 });
  await page.mouse.up();
}

/** What the page's origin keeps in one of its stores. */
function keptIn(page: Page, store: 'runs' | 'states'): Promise<unknown[]> {
  return page.evaluate(
    (name) =>
      new Promise<unknown[]>((resolve, reject) => {
        const opening = indexedDB.open('tributary');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction(name).objectStore(name).getAll();
          reading.onsuccess = () => {
            opening.result.close();
            resolve(reading.result);
          };
        };
      }),
    store,
  );
}

/** How many rounds' states it keeps. */
async function statesOf(page: Page): Promise<number> {
  return (await keptIn(page, 'states')).length;
}

/** How many rounds a page that is loaded anew would know of. */
async function keptRounds(page: Page): Promise<number> {
  const kept = (await keptIn(page, 'runs')) as { readonly rounds?: readonly unknown[] }[];
  return Math.max(0, ...kept.map(({ rounds }) => rounds?.length ?? 0));
}

describe.runIf(CHROMIUM)('the page at /join', () => {
  let browser: Browser;
  let run: FederatedRun | undefined;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await run?.close();
    run = undefined;
    for (const context of browser.contexts()) await context.close();
  });

  async function tab(): Promise<{ page: Page; failures: string[] }> {
    // Strokes are aimed at where the canvas is: nothing may still be scrolling there.
    const page = await newPage(browser, { reducedMotion: 'reduce' });
    return { page, failures: failuresOf(page) };
  }

  it('tabs and a participant in Node train one model, which is tried and downloaded there', async () => {
    const tables = digitTables(3);
    // Weights as deltas, too: a page follows them by the same kernels.
    const wire = { down: 'f32', delta: 'int8', up: { kind: 'f32' } } as const;
    run = await FederatedRun.open(federatedJob({ wire, members: { minimum: 3, assignment: 'equal' } }));
    const evaluations: Readonly<Record<string, number>>[] = [];
    run.coordinator.on('evaluated', ({ metrics }) => evaluations.push(metrics));
    run.coordinator.start();
    const tabs = [await tab(), await tab()];
    for (const [index, { page }] of tabs.entries()) await takePart(page, run.link, tables[index]!);
    await run.join('site', tables[2]!);
    expect((await run.coordinator.finished).reason).toBe('completed');
    expect(evaluations.at(-1)!['participants']).toBe(3);
    expect(evaluations.at(-1)!['accuracy']).toBeGreaterThan(0.85);
    for (const { page, failures } of tabs) {
      await page.locator('#end').waitFor();
      await expect.poll(() => page.locator('#n-rounds').textContent()).toBe('8');
      expect(await page.locator('#curve-text').textContent()).toMatch(
        /^Loss on your own data: \S+ in round 1, \S+ in round 8\.$/,
      );
      expect(await page.locator('#curve > text').allTextContents()).toEqual(
        expect.arrayContaining(['round 1', '8']),
      );
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: /^Download model.onnx/ }).click();
      expect((await downloading).suggestedFilename()).toBe('model.onnx');
      await draw(page, '#try-canvas', [110, 30], [110, 190]);
      await page.locator('#answers span').first().waitFor();
      expect(await page.locator('#answers span').first().textContent()).toMatch(/^\d$/);
      expect(failures).toEqual([]);
    }
  });

  it('a drawing is tried after the coordinator has ended, whose files that took', async () => {
    run = await FederatedRun.open(federatedJob({ rounds: 2, members: { minimum: 1, assignment: 'equal' } }));
    const { coordinator, origin } = run;
    coordinator.start();
    const { page, failures } = await tab();
    await takePart(page, run.link, digitTables(1)[0]!);
    await coordinator.finished;
    await coordinator.participantsGone(240_000);
    await run.close();
    run = undefined;
    await expect(fetch(origin)).rejects.toThrow();
    await page.locator('#end').waitFor();
    await draw(page, '#try-canvas', [110, 30], [110, 190]);
    await page.locator('#answers meter').first().waitFor();
    expect(await page.locator('#answers span').first().textContent()).toMatch(/^\d$/);
    expect(failures).toEqual([]);
  });

  it('a run of two outputs counts the classes of both, and its model says both of a drawing', async () => {
    const text = `
name: parity
data:
  held-by: members
  format: { header: false }
  targets:
    digit: { column: 64, classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
    even: { column: 65, type: binary, classes: ['no', 'yes'] }
  features: { columns: [{ from: 0, to: 63 }], shape: [1, 8, 8], normalize: { divide: 16 } }
model: { layers: [flatten, { dense: 32 }, relu, { label: trunk }, { dense: 10 }, { label: digit }, { from: trunk }, { dense: 1 }, { label: even }] }
losses: { digit: cross-entropy, even: binary-cross-entropy }
strategy: { fedavg: { epochs: 2 } }
optimizer: { sgd: 0.2 }
rounds: 6
batch: 16
members: { minimum: 1 }
`;
    const lines = digitLines().map((line) => {
      const digit = Number(line.trim().split(',').at(-1));
      return `${line.trim()},${digit % 2 === 0 ? 'yes' : 'no'}`;
    });
    run = await FederatedRun.open(parseJob(text, 'job.yaml'));
    run.coordinator.start();
    const { page, failures } = await tab();
    await page.goto(run.link);
    await page.locator('#data').waitFor();
    expect(await page.locator('#kinds').isVisible()).toBe(false);
    expect(await page.locator('#asked').textContent()).toContain('as even');
    const buffer = Buffer.from(`${lines.join('\n')}\n`);
    await page.setInputFiles('#table-file', { name: 'mine.csv', mimeType: 'text/csv', buffer });
    await page.locator('#checked .bars').nth(1).waitFor();
    expect(await page.locator('#checked p').allTextContents()).toEqual(['digit', 'even']);
    expect(await page.locator('#checked .bars').nth(1).textContent()).toMatch(/^no906yes891$/);
    await page.locator('#agree').check();
    await page.getByRole('button', { name: 'Take part' }).click();
    await page.locator('#end').waitFor();
    expect((await run.coordinator.finished).reason).toBe('completed');
    await draw(page, '#try-canvas', [110, 30], [110, 190]);
    await page.locator('#answers meter').nth(4).waitFor();
    expect(await page.locator('#answers .output').allTextContents()).toEqual(['digit', 'even']);
    // Three digits and two words, each with its share.
    const names = await page.locator('#answers li:has(meter) span:first-child').allTextContents();
    expect(names.slice(0, 3).every((name) => /^\d$/.test(name))).toBe(true);
    expect(names.slice(3).sort()).toEqual(['no', 'yes']);
    expect(failures).toEqual([]);
  });

  it('a tab that is loaded anew in the middle goes on as the same participant, with its rows and its consent', async () => {
    const tables = digitTables(2);
    run = await FederatedRun.open(
      federatedJob({
        // More than are done here: the page leaves before the end.
        rounds: 100_000,
        // Its control variate has to be there after a reload.
        strategy: { kind: 'scaffold', learningRate: 1, epochs: 1, population: 2 },
        members: { minimum: 2, assignment: 'equal' },
      }),
    );
    const { coordinator } = run;
    const joined = new Set<string>();
    coordinator.on('member', ({ id, name }) => name.startsWith('Chrome') && joined.add(id));
    coordinator.start();
    const { page, failures } = await tab();
    await takePart(page, run.link, tables[0]!);
    await run.join('site', tables[1]!);
    const rounds = async (): Promise<number> => Number(await page.locator('#n-rounds').textContent());
    await expect.poll(rounds).toBeGreaterThanOrEqual(2);
    const before = await rounds();
    expect(await statesOf(page)).toBeGreaterThan(0);
    // Each round is written behind its end, on the disk.
    await expect.poll(() => keptRounds(page)).toBeGreaterThanOrEqual(before);
    await page.reload();
    await page.locator('#part').waitFor();
    expect(await page.locator('#data').isVisible()).toBe(false);
    expect(await rounds()).toBeGreaterThanOrEqual(before);
    await expect.poll(rounds).toBeGreaterThan(before + 1);
    expect(joined.size).toBe(1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => coordinator.memberViews.find(({ id }) => joined.has(id))?.connected).toBe(false);
    await page.locator('#status', { hasText: 'your place in the run is kept' }).waitFor();
    const paused = await rounds();
    await expect.poll(() => keptRounds(page)).toBe(paused);
    await page.reload();
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(rounds).toBeGreaterThan(paused);
    expect(joined.size).toBe(1);
    await page.getByRole('button', { name: 'Leave the run' }).click();
    await page.getByText('You have left the run').waitFor();
    await expect.poll(() => statesOf(page)).toBe(0);
    await page.reload();
    await page.locator('#data').waitFor();
    expect(failures).toEqual([]);
  });

  it('a tab that was away when the run ended says so when it is back', async () => {
    const tables = digitTables(3);
    run = await FederatedRun.open(federatedJob({ rounds: 2, members: { minimum: 2, assignment: 'equal' } }));
    const { coordinator } = run;
    coordinator.start();
    const { page, failures } = await tab();
    await takePart(page, run.link, tables[0]!);
    await page.locator('#part').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => coordinator.memberViews.some(({ connected }) => connected)).toBe(false);
    const { finished } = coordinator;
    await run.join('site', tables[1]!);
    await run.join('another site', tables[2]!);
    await finished;
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('#end').getByText('The run ended while this page was away.').waitFor();
    expect(failures).toEqual([]);
  });

  it('images and drawings are rows, and what does not fit is said with its place', async () => {
    run = await FederatedRun.open(federatedJob({ rounds: 2, members: { minimum: 1, assignment: 'equal' } }));
    run.coordinator.start();
    const { page, failures } = await tab();
    await page.goto(run.link);
    await page.locator('#data').waitFor();
    const wrong = [`${'0,'.repeat(64)}3`, `${'0,'.repeat(10)}?,${'0,'.repeat(53)}7`, ''].join('\n');
    await page.setInputFiles('#table-file', {
      name: 'mine.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(wrong),
    });
    await expect
      .poll(() => page.locator('#data-problem').textContent())
      .toBe(
        'mine.csv, line 2, column 10: "?" is not a number. The run takes numbers in this column: correct the cell, or drop the row. If the column holds words everywhere, ask whoever runs the coordinator: the run has to declare it so.',
      );
    await page.getByText('Draw', { exact: true }).click();
    const title = page.locator('#examples-title');
    for (const [index, label] of ['1', '7', '1', '7', '1', '7'].entries()) {
      const corner = label === '7' ? [[160, 40] as const] : [];
      await draw(page, '#draw-canvas', [60, 40], ...corner, [90, 190]);
      await page.selectOption('#draw-label', label);
      await page.getByRole('button', { name: 'Add' }).click();
      await expect.poll(() => title.textContent()).toBe(index === 0 ? '1 example' : `${index + 1} examples`);
    }
    await page.locator('#draw-canvas').focus();
    for (const key of ['Space', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Space'])
      await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Add' }).click();
    await expect.poll(() => title.textContent()).toBe('7 examples');
    await page.getByText('Images', { exact: true }).click();
    await page.selectOption('#image-label', '0');
    const picture = {
      name: 'ring.png',
      mimeType: 'image/png',
      buffer: await page.locator('header img').screenshot(),
    };
    await page.setInputFiles('#image-files', [picture, { ...picture, name: 'again.png' }]);
    await expect.poll(() => title.textContent()).toBe('9 examples');
    await page.setInputFiles('#image-files', {
      name: 'no.png',
      mimeType: 'image/png',
      buffer: Buffer.from('no image'),
    });
    await expect
      .poll(() => page.locator('#data-problem').textContent())
      .toBe('no.png: This is no image that the browser can read. Use PNG, JPEG, WebP or GIF.');
    await page.getByRole('button', { name: 'Remove this example of 0' }).first().click();
    await expect.poll(() => title.textContent()).toBe('8 examples');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.locator('#agree').check();
    await page.getByRole('button', { name: 'Take part' }).click();
    await page.locator('#end').waitFor();
    expect((await run.coordinator.finished).reason).toBe('completed');
    expect(run.coordinator.memberViews[0]!.rows).toEqual({ examples: 6, heldOut: 2 });
    expect(failures).toEqual([]);
  });
});
