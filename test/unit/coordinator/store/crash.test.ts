import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRun } from '../../../../coordinator/store/sqlite-store.ts';
import type { RunStore } from '../../../../coordinator/store/store.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';

const SCRIPT = fileURLToPath(new URL('committer.mjs', import.meta.url));
const COMPILED = fileURLToPath(
  new URL('../../../../dist/coordinator/store/sqlite-store.js', import.meta.url),
);

let root: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  if (!existsSync(COMPILED)) throw new Error('Child processes run from dist: run `npm run build` first.');
  root = mkdtempSync(join(tmpdir(), 'tributary-crash-'));
});
afterEach(async () => {
  // While it lives it may put another file into the folder.
  if (child?.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  child = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** Starts the committer, waits for so many lines and a random moment more, kills it; returns the last it said. */
async function commitAndKill(
  directory: string,
  mode: string,
  lines: number,
  extraMs: number,
): Promise<number> {
  child = spawn(process.execPath, [SCRIPT, directory, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr!.on('data', (text) => {
    errors += text;
  });
  const said: string[] = [];
  const reader = createInterface(child.stdout!);
  const enough = new Promise<void>((resolve, reject) => {
    reader.on('line', (line) => {
      said.push(line);
      if (said.length === lines) resolve();
    });
    reader.on('close', () => reject(new Error(`The committer ended: ${errors}`)));
  });
  await enough;
  await delay(extraMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(said.filter((line) => line !== 'open').at(-1) ?? 0);
}

/** All that must hold of a store, whenever its holder was killed. */
async function check(store: RunStore, announced: number): Promise<void> {
  const latest = await store.latest();
  const version = latest?.committed.version ?? 0;
  expect(latest?.damaged ?? []).toEqual([]);
  expect(version).toBeGreaterThanOrEqual(announced);
  if (latest) {
    expect(latest.checkpoint.cursor.position).toBe(version);
    expect(latest.checkpoint.vectors[0]!.data.every((value) => value === version)).toBe(true);
  }
  const counted = new Map<string, number>();
  for (const entry of store.books()) {
    expect(entry.status).not.toBe('added');
    if (entry.status !== 'committed') continue;
    counted.set(entry.assignment, (counted.get(entry.assignment) ?? 0) + 1);
  }
  const expected = Array.from({ length: version }, (_, i) => [`x${i + 1}`, `y${i + 1}`]).flat();
  expect([...counted.keys()].sort()).toEqual(expected.sort());
  expect([...counted.values()].every((count) => count === 1)).toBe(true);
  for (const { file } of store.versions()) expect(existsSync(join(store.directory, file))).toBe(true);
}

describe('kill -9 while commits are under way', () => {
  it('leaves the last announced commit intact and the books balanced, every time', async () => {
    const directory = join(root, 'run');
    const random = createRandom(11);
    let incarnation = 1;
    for (let kill = 0; kill < 12; kill++) {
      const lines = kill === 0 ? 2 : 1 + Math.floor(random.next() * 6);
      const mode = kill === 0 ? 'create' : 'open';
      const announced = await commitAndKill(directory, mode, lines, random.next() * 12);
      if (kill > 0) incarnation++;
      // The lock of the killed process is gone with it.
      const store = openRun(directory, { keep: 3, best: 'accuracy' });
      incarnation++;
      expect(store.run.incarnation).toBe(incarnation);
      await check(store, announced);
      store.close();
    }
  });

  it('a live holder in another process keeps everyone else out', async () => {
    const directory = join(root, 'run');
    child = spawn(process.execPath, [SCRIPT, directory, 'create'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    expect(() => openRun(directory)).toThrow(expect.objectContaining({ code: 'locked' }));
    expect(() => openRun(directory)).toThrow(`process ${child.pid} on`);
  });
});
