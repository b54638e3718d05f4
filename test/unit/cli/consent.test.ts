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

/** Asks on a terminal where these keys are pressed, when the question is there. */
async function answered(keys: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(output as unknown as typeof process.stdout);
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    const before = shown;
    shown += chunk.toString();
    if (!before.includes('Do you agree?') && shown.includes('Do you agree?')) input.write(keys);
  });
  return askConsent(ASKED, PLACE, false, new AbortController().signal);
}

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
  ['no', 'n\r'],
  ['nothing', '\r'],
])('%s at the question declines', async (_, keys) => {
  const left = vi.fn();
  process.once('SIGINT', left);
  expect(await answered(keys)).toEqual({ agreed: false, reason: 'declined' });
  process.off('SIGINT', left);
  expect(left).not.toHaveBeenCalled();
});

test('yes agrees', async () => {
  expect(await answered('y\r')).toMatchObject({ agreed: true, by: 'person' });
});
