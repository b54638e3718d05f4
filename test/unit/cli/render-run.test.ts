import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { colourPaint, widthOf } from '../../../cli/ui/paint.ts';
import { renderRun } from '../../../cli/ui/render-run.ts';
import { runView } from './view-fixture.ts';

const ESCAPE = '\u001b';

describe('renderRun', () => {
  test.each([60, 80, 120])('at %i columns: no line is wider, plain has no escape sequence', (width) => {
    const view = runView({
      waiting: 'too few members: 1 of 2',
      notices: ['worker-1 killed by SIGKILL: started again'],
    });
    const plain = renderRun(view, width);
    for (const line of plain) expect(widthOf(line), line).toBeLessThanOrEqual(width);
    expect(plain.join('')).not.toContain(ESCAPE);
    expect(plain).toMatchSnapshot();
    const coloured = renderRun(view, width, colourPaint);
    expect(coloured.join('')).toContain(ESCAPE);
    for (const line of coloured) expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });

  test('a job of rounds before its first round, without members', () => {
    const progress = {
      epoch: 1,
      epochs: undefined,
      round: 0,
      rounds: 1000,
      loss: undefined,
      metric: undefined,
      speed: undefined,
      bytes: { sent: 0, received: 0 },
      secondsLeft: undefined,
    };
    const lines = renderRun(runView({ members: [], losses: [], progress }), 80);
    expect(lines.join('\n')).toContain('no members yet');
    expect(lines.join('\n')).toContain('round 0/1000 · 0 B sent, 0 B received');
    expect(lines.join('\n')).not.toContain('epoch');
  });

  test.each([60, 80])('a member that fetches frozen weights says how many, at %i columns', (width) => {
    const [attic] = runView().members;
    const fetched = { bytes: 230_000_000, of: 2_300_000_000 };
    const lines = renderRun(
      runView({ members: [{ ...attic!, state: 'preparing', speed: undefined, fetched }] }),
      width,
    );
    expect(lines.join('\n')).toMatch(/attic .* preparing {2}230 MB of 2\.30 GB/);
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });

  test('128 members are summed up in a line', () => {
    const members = Array.from({ length: 128 }, (_, index) => ({
      name: `w${index}`,
      engine: 'fake',
      threads: 1,
      state: 'working' as const,
      speed: 10,
    }));
    const lines = renderRun(runView({ members }), 80);
    expect(lines.length).toBeLessThan(20);
    expect(lines.join('\n')).toContain('and 120 more, 120 working, 1.20 k/s');
  });

  test('a crowd is named in place of members: a simulation said that there are none yet', () => {
    const lines = renderRun(runView({ members: [], crowd: '100 virtual participants' }), 80).join('\n');
    expect(lines).toContain('100 virtual participants');
    expect(lines).not.toContain('members yet');
  });

  test('names from the network cannot move the cursor or widen a line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.integer({ min: 40, max: 160 }),
        (name, width) => {
          const members = [{ name, engine: name, threads: 1, state: 'idle' as const, speed: 1 }];
          for (const line of renderRun(
            runView({ job: name, run: name, members, notices: [name], waiting: name }),
            width,
          )) {
            // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
            expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
            expect(widthOf(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });

  test('a loss that is NaN is shown as such', () => {
    const view = runView();
    const lines = renderRun(
      runView({ losses: [1, Number.NaN, 2], progress: { ...view.progress, loss: Number.NaN } }),
      80,
    );
    expect(lines.join('\n')).toContain('loss NaN');
    expect(lines.join('\n')).toContain('loss ▁ █');
  });
});
