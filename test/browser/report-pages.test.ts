import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionPage } from '../../simulation/report/partition-page.ts';
import { runPage } from '../../simulation/report/run-page.ts';
import { CHROMIUM, launchChromium, newPage, sayNoChromium } from '../support/chromium.ts';

if (!CHROMIUM) sayNoChromium('pages of a simulated run, as wide as a phone');

/** Letters that are smaller cannot be read. */
const SMALLEST = 9;

const names = ['cat', 'dog', 'a hippopotamus of the river', 'owl'];

function runOf(): string {
  const rounds = [1, 2, 3].map((round) => ({
    ...{ round, virtualMs: 60_000 * round, wallMs: 1000, participants: 9, dropped: 1 },
    metrics: {
      accuracy: round / 4,
      'participants-accuracy': round / 5,
      loss: 1.25 / round,
      rmse: 90_000_000_000 - 1e9 * round,
    },
    bytes: { sent: 12_300_000, received: 4_560_000 },
  }));
  const classes = names.map((name) => ({ name, rows: 4, found: 1 }));
  return runPage({
    title: 'animals: the run',
    how: 'fedavg, 9 clients',
    rounds,
    totals: {
      virtualMs: 180_000,
      wallMs: 3000,
      dropouts: 3,
      bytes: { sent: 36_900_000, received: 13_700_000 },
    },
    classes: [{ output: undefined, classes, confusion: names.map(() => [1, 1, 1, 1]) }],
    perClient: { metric: 'accuracy', higherIsBetter: true, values: [0.1, 0.5, 1] },
  });
}

function partitionOf(clients: number): string {
  const classes = { count: names.length, names, of: (row: number) => row % names.length };
  return partitionPage({
    title: 'animals: the partition',
    how: 'iid, seed 1',
    partition: {
      clients: Array.from({ length: clients }, (_, client) =>
        Uint32Array.from({ length: 20 }, (_, row) => row + client),
      ),
    },
    classes,
  });
}

describe.skipIf(!CHROMIUM)('the pages of a simulated run', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each([
    ['a run', runOf()],
    ['a partition, as bars', partitionOf(9)],
    ['a partition, as a map', partitionOf(120)],
  ])('%s is not cut off on a phone, and can be read there', async (_, content) => {
    for (const width of [390, 1280]) {
      const page = await newPage(browser, { viewport: { width, height: 800 } });
      await page.setContent(content);
      const seen = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        texts: [...document.querySelectorAll<SVGTextElement>('svg text')]
          .map((text) => ({
            said: text.textContent,
            box: text.getBoundingClientRect(),
            card: text.closest('section')!.getBoundingClientRect(),
            letters: Number.parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM()!.a,
          }))
          .filter(({ box }) => box.width > 0)
          .map(({ said, box, card, letters }) => ({
            ...{ said, letters },
            isInside: box.left >= card.left && box.right <= card.right,
          })),
      }));
      expect(seen.wide).toBe(width);
      expect(seen.texts.length).toBeGreaterThan(20);
      expect(seen.texts.filter(({ isInside, letters }) => !isInside || letters < SMALLEST)).toEqual([]);
      await page.context().close();
    }
  });
});
