import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StaticFiles } from '../../../../node/pages/static-files.ts';
import { temporaryFolder } from '../../../support/digits.ts';

let server: Server;
let origin: string;
const script = `export const words = ${JSON.stringify('la '.repeat(2000))};\n`;

beforeAll(async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'secret.txt'), 'not for anybody');
  writeFileSync(join(folder, 'page', 'main.js'), script);
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html>');
  const files = new Map([
    ['/join/', join(folder, 'page', 'index.html')],
    ['/join/main.js', join(folder, 'page', 'main.js')],
    ['/join/gone.js', join(folder, 'page', 'gone.js')],
  ]);
  const headers = { 'cross-origin-opener-policy': 'same-origin' };
  server = createServer(new StaticFiles(files, headers, new Map([['/join', 'join/']])).listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** The status of a path as it is, which `fetch` would tidy up first. */
function statusOf(path: string): Promise<number> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

it('has types, and the headers of every answer', async () => {
  const page = await fetch(`${origin}/join/`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  const code = await fetch(`${origin}/join/main.js?v=1`);
  expect(code.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await code.text()).toBe(script);
});

it('compresses, and sends nothing again that has not changed', async () => {
  const first = await fetch(`${origin}/join/main.js`, { headers: { 'accept-encoding': 'gzip' } });
  expect(first.headers.get('content-encoding')).toBe('gzip');
  expect(Number(first.headers.get('content-length'))).toBeLessThan(script.length / 10);
  expect(await first.text()).toBe(script);
  const plain = await fetch(`${origin}/join/main.js`, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(script);
  const etag = first.headers.get('etag')!;
  const again = await fetch(`${origin}/join/main.js`, { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
});

it('has nothing but its table of files', async () => {
  for (const path of [
    '/join/../secret.txt',
    '/join/%2e%2e/secret.txt',
    '/join/..%2fsecret.txt',
    '/join//main.js',
    '/secret.txt',
    '/join/page/main.js',
    '/etc/passwd',
    'http://elsewhere/join/main.js',
  ]) {
    expect(await statusOf(path), path).toBe(404);
  }
});

it('moves, refuses other methods, and says when a file cannot be read', async () => {
  const moved = await fetch(`${origin}/join`, { redirect: 'manual' });
  expect([moved.status, moved.headers.get('location')]).toEqual([308, 'join/']);
  const posted = await fetch(`${origin}/join/`, { method: 'POST', body: 'x' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await fetch(`${origin}/join/main.js`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await fetch(`${origin}/join/gone.js`)).status).toBe(500);
});
