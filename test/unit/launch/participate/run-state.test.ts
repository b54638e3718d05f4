import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord, spentBy } from '../../../../launch/participate/record.ts';
import { knownRuns, RunState } from '../../../../launch/participate/run-state.ts';
import type { Welcome } from '../../../../shared/protocol/messages.ts';
import type { Asked } from '../../../../worker/participant/asked.ts';
import { temporaryFolder } from '../../../support/digits.ts';
import { smallDisk } from '../../../support/small-disk.ts';

const WELCOME = {
  run: '../../etc',
  runName: 'clinics',
  incarnation: 1,
  member: 'm1-1',
  resumeToken: 'm1-1.secret',
  blobs: { model: 'a', recipe: 'b', manifest: 'c' },
} as unknown as Welcome;

function asked(blobs: Record<string, string> = WELCOME.blobs, run = WELCOME.run): Asked {
  const kind = 'survey' in blobs ? 'survey' : 'train';
  return { kind, welcome: { ...WELCOME, run, blobs } } as unknown as Asked;
}

let folder: string;
let state: RunState;
beforeEach(async () => {
  folder = temporaryFolder();
  state = await RunState.open(folder, 'token');
});
afterEach(() => state.close());

async function again(): Promise<void> {
  state.close();
  state = await RunState.open(folder, 'token');
}

describe('what a participant keeps of a run', () => {
  it('who it is, for its owner only, in a folder that no stranger names', async () => {
    await state.joined(WELCOME, '192.0.2.1:7300');
    expect(statSync(join(state.folder, 'resume-token')).mode & 0o777).toBe(0o600);
    expect(statSync(state.folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual([state.folder.slice(folder.length + 1)]);
    await again();
    expect(state.resumeToken).toBe('m1-1.secret');
    expect(await knownRuns(folder)).toMatchObject([{ run: '../../etc', member: 'm1-1' }]);
  });

  it('an agreement holds in the next process, for the same model only', async () => {
    await state.joined(WELCOME, 'c');
    await state.agree(asked(), 'person', 'what was shown');
    await again();
    expect(state.isAgreed(asked())).toBe(true);
    expect(state.objection(asked())).toBeUndefined();
    const changed = asked({ ...WELCOME.blobs, model: 'other' });
    expect(state.isAgreed(changed)).toBe(false);
    expect(state.objection(changed)).toMatch(/not what was agreed to on \d{4}-/);
    expect(state.objection(asked(WELCOME.blobs, 'another'))).toMatch(/another one: another/);
  });

  it('a survey comes before the training, and is agreed to by itself', async () => {
    await state.agree(asked({ survey: 's' }), '--yes', '');
    expect(state.isAgreed(asked())).toBe(false);
    expect(state.objection(asked({ survey: 'more columns' }))).toMatch(/survey is not what/);
    expect(state.objection(asked())).toBeUndefined();
    const other = await RunState.open(temporaryFolder(), 'token');
    await other.agree(asked(), 'person', '');
    expect(other.objection(asked({ survey: 's' }))).toMatch(/after the training was agreed to/);
    other.close();
  });

  it('one process at a time has it', async () => {
    await expect(RunState.open(folder, 'token')).rejects.toMatchObject({
      name: 'StoreError',
      code: 'locked',
    });
    const other = await RunState.open(folder, 'another token');
    other.close();
  });

  it('a record of what was sent, which survives a line that was cut off', async () => {
    const update = { sums: ['loss'], sections: [], sha256: 'f', examples: 5, round: 0 };
    state.add({ event: 'sent', assignment: 'a', work: 'own', bytes: 100, ...update });
    state.add({ event: 'sent', assignment: 'b', work: 'evaluate-own', bytes: 0, ...update });
    const file = join(state.folder, 'record.jsonl');
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"time":"20`);
    const { entries, unreadable } = await readRecord(file);
    expect(unreadable).toBe(1);
    expect(entries.map((entry) => entry.event)).toEqual(['sent', 'sent']);
    expect(spentBy(entries)).toEqual({ rounds: 1, bytes: 100 });
  });

  it('a line after one that was cut off is a line of its own', async () => {
    writeFileSync(join(state.folder, 'record.jsonl'), '{"time":"20');
    await again();
    state.add({ event: 'left', reason: 'asked to stop' });
    const { entries, unreadable } = await readRecord(join(state.folder, 'record.jsonl'));
    expect([entries.length, unreadable]).toEqual([1, 1]);
  });

  it('what is damaged is said, not passed over', async () => {
    await state.agree(asked(), 'person', '');
    writeFileSync(join(state.folder, 'agreement.json'), '{');
    state.close();
    await expect(RunState.open(folder, 'token')).rejects.toThrow(/agreement.json is damaged/);
    state = await RunState.open(folder, 'another');
  });

  it('a full disk is said at the start', async ({ skip }) => {
    const disk = smallDisk('32k');
    if (!disk) {
      console.log('SKIPPED: a participant on a full disk: no file system can be mounted here');
      return skip();
    }
    try {
      const opened = RunState.open(disk.path, 'token');
      await expect(opened).rejects.toMatchObject({ name: 'FolderError', code: 'disk-full' });
    } finally {
      disk.unmount();
    }
  });

  it('is refused at the start where the folder is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(RunState.open(file, 'token')).rejects.toMatchObject({
      name: 'FolderError',
      code: 'unusable',
    });
  });
});
