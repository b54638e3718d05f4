import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { askConsent } from '../../../cli/consent.ts';
import type { Asked } from '../../../worker/participant/asked.ts';

afterEach(() => vi.restoreAllMocks());

const ASKED: Asked = {
  kind: 'survey',
  welcome: { run: 'r1', runName: 'digits' } as Asked['welcome'],
  request: {
    seed: 1,
    data: {
      source: '',
      heldBy: 'members',
      format: { type: 'csv', header: true, delimiter: ',' },
      target: { type: 'class', column: 'c' },
      features: { columns: ['a'], shape: undefined, normalize: { kind: 'none' } },
      test: 0.2,
      licence: undefined,
    },
  },
  rows: { examples: 10, heldOut: 0 },
};
const PLACE = { address: 'a:1', fingerprint: undefined, name: 'n', data: 'd', limits: {} };

/** Asks on a terminal where these keys are pressed when the question is there, and others before. */
async function answered(keys: string, before = '') {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(output as unknown as typeof process.stdout);
  if (before) input.write(before);
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    const earlier = shown;
    shown += chunk.toString();
    if (!earlier.includes('Do you agree?') && shown.includes('Do you agree?')) input.write(keys);
  });
  return { ...(await askConsent(ASKED, PLACE, false, new AbortController().signal)), printed: () => shown };
}

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
  ['no', 'n\r'],
  ['nothing', '\r'],
])('%s at the question declines', async (_, keys) => {
  const left = vi.fn();
  process.once('SIGINT', left);
  expect(await answered(keys)).toMatchObject({ agreed: false, reason: 'declined' });
  process.off('SIGINT', left);
  expect(left).not.toHaveBeenCalled();
});

test('yes agrees', async () => {
  expect(await answered('y\r')).toMatchObject({ agreed: true, by: 'person' });
});

test.each(['y\r', 'y\n', 'yes\r\nyes\r\n', 'y'])(
  '%j before the question is there is no answer to it',
  async (keys) => {
    const declined = await answered('\r', keys);
    expect(declined).toMatchObject({ agreed: false, reason: 'declined' });
    expect(declined.printed()).toContain('typed before this question');
    expect(await answered('y\r', keys)).toMatchObject({ agreed: true, by: 'person' });
  },
);

test('the end of the input before the question declines', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(output as unknown as typeof process.stdout);
  output.resume();
  input.end('y\r');
  const { signal } = new AbortController();
  expect(await askConsent(ASKED, PLACE, false, signal)).toEqual({ agreed: false, reason: 'declined' });
});
