import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { listRuns } from '../../../../coordinator/store/list-runs.ts';
import { readRun } from '../../../../coordinator/store/read-run.ts';
import { createRun, openRun } from '../../../../coordinator/store/sqlite-store.ts';
import { checkpointOf, entryOf, RUN, storeContract } from './contract.ts';

const folders: string[] = [];
function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'tributary-store-')));
  return folders.at(-1)!;
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

storeContract('SQLite', (retention) => {
  const directory = join(folder(), 'run');
  return {
    store: createRun(directory, RUN, retention),
    reopen: () => openRun(directory, retention),
  };
});

describe('createRun and openRun', () => {
  it('refuse a folder with a run, and one without', () => {
    const directory = folder();
    expect(() => openRun(directory)).toThrow(expect.objectContaining({ code: 'not-found' }));
    createRun(directory, RUN).close();
    expect(() => createRun(directory, RUN)).toThrow(expect.objectContaining({ code: 'exists' }));
    expect(openRun(directory).close()).toBeUndefined();
  });

  it('let one coordinator in at a time, and name the other', () => {
    const directory = folder();
    const store = createRun(directory, RUN);
    expect(() => openRun(directory)).toThrow(expect.objectContaining({ code: 'locked' }));
    expect(() => openRun(directory)).toThrow(`process ${process.pid} on`);
    store.close();
    openRun(directory).close();
  });

  it('refuse a store of a newer schema, and leave it as it is', () => {
    const directory = folder();
    createRun(directory, RUN).close();
    const database = new Database(join(directory, 'run.sqlite'));
    database.exec('INSERT INTO migrations VALUES (999, 0)');
    database.close();
    expect(() => openRun(directory)).toThrow(expect.objectContaining({ code: 'schema' }));
    expect(() => readRun(directory)).toThrow(/newer version of tributary/);
  });

  it('take up a creation that a crash interrupted', () => {
    const directory = folder();
    new Database(join(directory, 'run.sqlite')).close();
    createRun(directory, RUN).close();
    expect(openRun(directory).close()).toBeUndefined();
  });

  it('remove what no commit names', async () => {
    const directory = folder();
    const store = createRun(directory, RUN);
    const { file } = await store.commit(checkpointOf(1), []);
    store.close();
    for (const name of ['v2-1.safetensors', 'v3-1.safetensors.partial']) {
      writeFileSync(join(directory, 'checkpoints', name), 'left by a crash');
    }
    openRun(directory).close();
    expect(readdirSync(join(directory, 'checkpoints')).map((name) => `checkpoints/${name}`)).toEqual([file]);
  });
});

describe('a damaged checkpoint', () => {
  const damages: [string, (path: string) => void][] = [
    [
      'with a flipped byte',
      (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.length - 3]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
    [
      'with a flipped byte in its header',
      (path) => {
        const bytes = readFileSync(path);
        bytes[5]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
    ['that misses a byte', (path) => truncateSync(path, readFileSync(path).length - 1)],
    ['that is empty', (path) => truncateSync(path, 0)],
    ['that is gone', (path) => rmSync(path)],
  ];
  it.each(damages)(
    '%s is reported, the one before is taken, its updates are rolled back',
    async (_, damage) => {
      const directory = folder();
      const store = createRun(directory, RUN);
      const first = await store.commit(checkpointOf(1), [entryOf('a', 1)]);
      const second = await store.commit(checkpointOf(2), [entryOf('b', 1)]);
      store.close();
      damage(join(directory, second.file));

      const reader = readRun(directory);
      expect((await reader.latest())?.committed).toEqual(first);
      const open = (await reader.openLatest())!;
      expect(open.committed).toEqual(first);
      expect(open.damaged).toHaveLength(1);
      await open.checkpoint.close();
      await expect(reader.open(second)).rejects.toMatchObject({ code: 'io' });
      expect(reader.books().map(({ status }) => status)).toEqual(['committed', 'committed']);
      reader.close();

      const opened = openRun(directory);
      const latest = await opened.latest();
      expect(latest?.committed).toEqual(first);
      expect(latest?.damaged).toHaveLength(1);
      expect(latest?.damaged[0]).toContain(`${second.file} (version 2) is damaged`);
      expect(opened.books().map(({ status }) => status)).toEqual(['committed', 'rolled-back']);
      // Its number is free for the new incarnation, and the new one is the newest.
      const again = await opened.commit(checkpointOf(2), []);
      expect(again.incarnation).toBe(2);
      const next = await opened.openLatest();
      await next?.checkpoint.close();
      expect(next).toMatchObject({ committed: again, damaged: [] });
      opened.close();
    },
  );

  it('without an intact one before it is an error that names them all', async () => {
    const directory = folder();
    const store = createRun(directory, RUN);
    const { file } = await store.commit(checkpointOf(1), []);
    rmSync(join(directory, file));
    await expect(store.latest()).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(file),
    });
    store.close();
  });
});

describe('readRun and listRuns', () => {
  it('open a checkpoint whose vectors are read when they are asked for, also when it was replaced meanwhile', async () => {
    const directory = folder();
    const store = createRun(directory, RUN);
    const checkpoint = checkpointOf(1);
    const { file } = await store.commit(checkpoint, []);
    const reader = readRun(directory);
    const open = (await reader.openLatest())!.checkpoint;
    rmSync(join(directory, file));
    expect([...open.vectors.keys()]).toEqual(checkpoint.vectors.map(({ name }) => name));
    for (const { name, data } of checkpoint.vectors) {
      const vector = open.vectors.get(name)!;
      expect(vector.dims).toEqual([data.length]);
      expect(vector.data).toEqual(data);
      expect(vector.read(1, data.length - 1)).toEqual(data.slice(1));
    }
    await open.close();
    reader.close();
    store.close();
  });

  it('look into a run that a coordinator works on, without a lock', async () => {
    const root = folder();
    const store = createRun(join(root, 'one'), RUN);
    createRun(join(root, 'two'), { ...RUN, id: 'r2', createdAt: RUN.createdAt + 1 }).close();
    writeFileSync(join(root, 'notes.txt'), '');
    const committed = await store.commit(checkpointOf(4), []);
    expect(listRuns(root).map(({ run, latest }) => [run.id, latest])).toEqual([
      ['r2', undefined],
      ['r1', committed],
    ]);
    const reader = readRun(join(root, 'one'));
    expect((await reader.load(reader.versions()[0]!)).random).toBe('state-4');
    reader.close();
    store.close();
    expect(listRuns(join(root, 'absent'))).toEqual([]);
    expect(existsSync(join(root, 'absent'))).toBe(false);
  });
});
