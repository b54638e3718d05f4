import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, failuresOf, launchChromium, sayNoChromium } from '../support/chromium.ts';
import { digitTables, federatedJob } from '../support/federated.ts';
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
    const context = await browser.newContext();
    const page = await context.newPage();
    return { page, failures: failuresOf(page) };
  }

  it('tabs and a participant in Node train one model, which is tried and downloaded there', async () => {
    const tables = digitTables(3);
    run = await FederatedRun.open(federatedJob({ members: { minimum: 3, assignment: 'equal' } }));
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
      expect(await page.locator('#n-rounds').textContent()).toBe('8');
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: /^Download model.onnx/ }).click();
      expect((await downloading).suggestedFilename()).toBe('model.onnx');
      const canvas = (await page.locator('#try-canvas').boundingBox())!;
      await page.mouse.move(canvas.x + 110, canvas.y + 30);
      await page.mouse.down();
      await page.mouse.move(canvas.x + 110, canvas.y + 190, { steps: 8 });
      await page.mouse.up();
      await page.locator('#answers span').first().waitFor();
      expect(await page.locator('#answers span').first().textContent()).toMatch(/^\d$/);
      expect(failures).toEqual([]);
    }
  }, 120_000);
});
