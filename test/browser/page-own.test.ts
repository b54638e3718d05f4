import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, failuresOf, launchChromium, newPage, sayNoChromium } from '../support/chromium.ts';
import { digitTables, federatedJob } from '../support/federated.ts';
import { FederatedRun } from '../support/federated-run.ts';

if (!CHROMIUM) sayNoChromium('participate() in a page of one’s own');

describe.runIf(CHROMIUM)('participate() in a page of one’s own', () => {
  let browser: Browser;
  let server: Server | undefined;
  let run: FederatedRun | undefined;

  beforeAll(async () => {
    browser = await launchChromium({ webgpu: true });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await run?.close();
    run = undefined;
    server?.close();
    server = undefined;
  });

  /** A page of another origin than the coordinator's, with this script. */
  async function page(script: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', ...headers });
      response.end(`<!doctype html><title>Mine</title><script type="module">${script}</script>`);
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server!.address() as AddressInfo).port}`;
  }

  async function train(engine: string, isolated = false): Promise<Record<string, unknown>> {
    const [table] = digitTables(1);
    run = await FederatedRun.open(federatedJob({ rounds: 3, members: { minimum: 1, assignment: 'equal' } }));
    run.coordinator.start();
    const script = `
      import { participate } from '${run.origin}/join/tributary.js';
      const data = new Blob([${JSON.stringify(readFileSync(table!, 'utf8'))}]);
      const part = await participate({ join: '${run.origin}', token: '${run.token}', data, consent: ({ sections }) => sections.some(({ title }) => title === 'What leaves this machine'), engine: '${engine}', threads: 2 });
      const said = [];
      part.on('state', ({ kind, text }) => kind === 'working' && said.push(text));
      part.on('round', (round) => console.log(round.round, round.loss));
      const { reason, model } = await part.finished;
      const outputs = await model.predict(new Float32Array(64).fill(8));
      window.result = { reason, said, rounds: part.rounds, engine: part.engine, bytes: model.bytes.length, sum: outputs.probabilities.reduce((sum, value) => sum + value, 0) };
    `;
    const headers: Record<string, string> = isolated
      ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
      : {};
    const tab = await newPage(browser);
    const failures = failuresOf(tab);
    await tab.goto(await page(script, headers));
    await tab.waitForFunction('window.result').catch((error: Error) => {
      throw new Error(`${error.message}\n${failures.join('\n')}`);
    });
    expect(failures.filter((failure) => !failure.includes('favicon'))).toEqual([]);
    return (await tab.evaluate('window.result')) as Record<string, unknown>;
  }

  it('takes part with the coordinator’s files, on one thread where the page is not isolated', async () => {
    const result = await train('wasm');
    expect(result).toMatchObject({ reason: 'completed', engine: { provider: 'wasm', threads: 1 } });
    const rounds = result['rounds'] as { loss: number }[];
    expect(rounds).toHaveLength(3);
    const training = (result['said'] as string[]).filter((text) => text.startsWith('Training'));
    expect(training).toEqual(['Training: round 1.', 'Training: round 2.', 'Training: round 3.']);
    expect(rounds[2]!.loss).toBeLessThan(rounds[0]!.loss);
    expect(result['sum']).toBeCloseTo(1, 4);
  });

  it('computes with threads where it is isolated', async () => {
    const result = await train('wasm', true);
    expect(result).toMatchObject({ reason: 'completed', engine: { provider: 'wasm', threads: 2 } });
  });

  it('computes on WebGPU where it is there', async () => {
    const tab = await newPage(browser);
    // A blank page is no secure context.
    await tab.goto(await page(''));
    const hasGpu = await tab.evaluate('navigator.gpu?.requestAdapter().then(Boolean) ?? false');
    server?.close();
    if (!hasGpu) return void console.info('SKIPPED: a page on WebGPU: this Chromium has no adapter');
    const result = await train('webgpu');
    expect(result).toMatchObject({ reason: 'completed', engine: { provider: 'webgpu' } });
    const rounds = result['rounds'] as { loss: number }[];
    expect(rounds[2]!.loss).toBeLessThan(rounds[0]!.loss);
  });
});
