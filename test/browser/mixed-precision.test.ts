import { describe, expect, it } from 'vitest';
import { CHROMIUM, failuresOf, launchChromium, newPage, sayNoChromium } from '../support/chromium.ts';
import { digitTables, federatedJob } from '../support/federated.ts';
import { FederatedRun } from '../support/federated-run.ts';

if (!CHROMIUM) sayNoChromium('mixed precision in a page');

describe.runIf(CHROMIUM)('a page that is asked for mixed precision', () => {
  it('takes part, and says what it trains in, whether its device has float16 or not', async () => {
    const browser = await launchChromium({ webgpu: true });
    const run = await FederatedRun.open(
      federatedJob({
        rounds: 1,
        memory: { recompute: 'off', precision: 'mixed' },
        members: { minimum: 1, assignment: 'equal' },
      }),
    );
    const page = await newPage(browser);
    const failures = failuresOf(page);
    await page.goto(run.link);
    await page.locator('#data').waitFor();
    await page.setInputFiles('#table-file', digitTables(1)[0]!);
    await page.locator('#agree').check();
    await page.getByRole('button', { name: 'Take part' }).click();
    // Nothing is handed out before the coordinator starts.
    const status = page.locator('#status', {
      hasText: /it trains in (mixed precision|float32, for its engine has no float16)/,
    });
    await status.waitFor();
    run.coordinator.start();
    expect((await run.coordinator.finished).reason).toBe('completed');
    expect(failures).toEqual([]);
    await run.close();
    await browser.close();
  });
});
