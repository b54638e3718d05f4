import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAll, writeDurably } from '../../../../node/files/durable.ts';

describe('writeDurably', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-durable-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('replaces a file as a whole, and returns what the writer returns', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'the old, longer contents');
    const result = await writeDurably(path, async (file) => {
      await writeAll(file, new TextEncoder().encode('new '));
      expect(readFileSync(path, 'utf8')).toBe('the old, longer contents');
      await writeAll(file, new TextEncoder().encode('contents'));
      return 7;
    });
    expect(result).toBe(7);
    expect(readFileSync(path, 'utf8')).toBe('new contents');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('leaves the old file and nothing else when the writer or the rename fails', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    const failing = writeDurably(path, async (file) => {
      await writeAll(file, new Uint8Array(100));
      throw new Error('interrupted');
    });
    await expect(failing).rejects.toThrow('interrupted');
    expect(readFileSync(path, 'utf8')).toBe('old');
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', 'full'), '');
    await expect(writeDurably(join(folder, 'b'), async () => {})).rejects.toThrow();
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });
});
