import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Where distributions put it; playwright-core downloads none. */
const PLACES = [
  process.env['TRIBUTARY_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const CHROMIUM = PLACES.find((place) => place !== undefined && existsSync(place));

/** Said once by a file whose tests need a browser. */
export function sayNoChromium(what: string): void {
  console.info(`SKIPPED: ${what}: no Chromium found; install it, or set TRIBUTARY_CHROMIUM to its program`);
}

/** WebGPU on a software device, for checking; threads by the page's own headers. */
const WEBGPU = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-webgpu-adapter=swiftshader',
  '--ignore-gpu-blocklist',
];

/** For what a page does by itself, on a machine that is busy with much else. */
const PATIENCE_MS = 240_000;

export async function launchChromium(options: { readonly webgpu?: boolean } = {}): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return await chromium.launch({
    executablePath: CHROMIUM!,
    timeout: PATIENCE_MS,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...(options.webgpu ? WEBGPU : ['--disable-gpu'])],
  });
}

/** A page with cookies and storage of its own. */
export async function newPage(browser: Browser, options?: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context.newPage();
}

/** What goes wrong in a page, which its test should end with. */
export function failuresOf(page: Page): string[] {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') failures.push(`${message.text()} (${message.location().url})`);
  });
  return failures;
}
