import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isAbandoned, temporaryName } from '../../../../node/files/temporary-name.ts';

/** Of a process that has ended. */
const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));

const own = temporaryName('data');
const [, place, pid, start, rest] = /^\.tributary-([^-]+)-(\d+)-(\d+)-(.+)$/.exec(own)!;
const named = (parts: { place?: string; pid?: number; start?: string; rest?: string }) =>
  `.tributary-${parts.place ?? place}-${parts.pid ?? pid}-${parts.start ?? start}-${parts.rest ?? rest}`;

describe('a temporary file is abandoned', () => {
  it('where its writer has ended', () => {
    expect(named({})).toBe(own);
    expect(isAbandoned(named({ pid: gone }))).toBe(true);
  });

  it('where its number is that of a process which began at another time', (context) => {
    if (process.platform !== 'linux') return context.skip('the start of a process is read on Linux only');
    expect(isAbandoned(named({ start: '1' }))).toBe(true);
  });

  it.each([
    ['while its writer is there', own],
    ['where a start is not known', named({ start: '0' })],
    ['of another machine or container', named({ place: '0123456789abcdef', pid: gone })],
    ['where that cannot be told', named({ place: 'nowhere', pid: gone })],
    ['of another form', named({ pid: gone, rest: 'mine.tmp' })],
    ['of somebody else', 'model.onnx'],
  ])('never %s', (_, name) => {
    expect(isAbandoned(name)).toBe(false);
  });
});
