import { describe, expect, test } from 'vitest';
import { TerminalScreen } from '../../../cli/ui/terminal-screen.ts';
import { runView } from './view-fixture.ts';

function recorder(isTTY: boolean, rows = 40) {
  const written: string[] = [];
  let time = 0;
  const output = { isTTY, columns: 80, rows, write: (text: string) => written.push(text) };
  return { written, output, now: () => time, pass: (milliseconds: number) => (time += milliseconds) };
}

describe('on a terminal', () => {
  test('hides the cursor, overwrites its own lines, gives the cursor back', () => {
    const { written, output, now, pass } = recorder(true);
    const screen = new TerminalScreen({ output, now, env: {} });
    screen.update(runView());
    pass(1000);
    screen.update(runView());
    screen.end();
    screen.end();
    const text = written.join('');
    expect(text.startsWith('\u001b[?25l')).toBe(true);
    expect(text.endsWith('\u001b[?25h')).toBe(true);
    const height = written[1]!.split('\n').length - 1;
    expect(written[2]).toContain(`\u001b[${height}A`);
    // Never a whole screen cleared: that flickers.
    expect(text).not.toContain('\u001b[2J');
    screen.update(runView());
    expect(written.join('')).toBe(text);
  });

  test('many updates at once are drawn once, the last one at the end', () => {
    const { written, output, now } = recorder(true);
    const screen = new TerminalScreen({ output, now, env: {} });
    for (let round = 1; round <= 100; round++)
      screen.update(runView({ progress: { ...runView().progress, round } }));
    screen.end();
    const frames = written.filter((text) => text.includes('round '));
    expect(frames).toHaveLength(2);
    expect(frames[1]).toContain('round 100/276');
  });

  test('a frame is never taller than the terminal', () => {
    const { written, output, now } = recorder(true, 6);
    const screen = new TerminalScreen({ output, now, env: {} });
    screen.update(runView());
    expect(written[1]!.split('\n').length - 1).toBe(5);
    screen.end();
  });

  test('printed text stays above what is redrawn', () => {
    const { written, output, now } = recorder(true);
    const screen = new TerminalScreen({ output, now, env: {} });
    screen.update(runView());
    screen.print('join with: npx tributary-ml worker');
    const text = written.slice(2).join('');
    expect(text.indexOf('join with')).toBeLessThan(text.indexOf('epoch 3/12'));
    screen.end();
  });

  test('NO_COLOR leaves out colours only', () => {
    const { written, output, now } = recorder(true);
    const screen = new TerminalScreen({ output, now, env: { NO_COLOR: '1' } });
    screen.update(runView());
    screen.end();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    expect(written.join('')).not.toMatch(/\u001b\[[0-9;]*m/);
  });
});

describe('elsewhere', () => {
  test('one line for each event, otherwise one every few seconds; no escape sequence', () => {
    const { written, output, now, pass } = recorder(false);
    const screen = new TerminalScreen({ output, now, env: {} });
    screen.update(runView());
    for (let at = 0; at < 40; at++) {
      pass(100);
      screen.update(runView());
    }
    expect(written).toHaveLength(1);
    screen.update(runView(), 'evaluated');
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(/^evaluated · epoch 3\/12 · round 64\/276 · loss 0\.1235 · .*\n$/);
    pass(5000);
    screen.update(runView({ waiting: 'no members' }));
    expect(written[2]).toContain('waiting: no members');
    screen.update(runView({ waiting: 'no members' }), 'm1 joined');
    expect(written[3]).toMatch(/^m1 joined · (?!.*waiting)/);
    screen.update(runView({ waiting: 'no members' }), '');
    expect(written[4]).toMatch(/^epoch .* · waiting: no members\n$/);
    screen.end();
    expect(written.join('')).not.toContain('\u001b');
  });
});
