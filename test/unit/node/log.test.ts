import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog } from '../../../node/log.ts';

function recorder() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
}

test('JSON: one object a line, level by name, facts in every line, below the level nothing', () => {
  const { lines, destination } = recorder();
  const log = createLog({ format: 'json', level: 'info', facts: { member: 'm1' }, destination });
  log.debug('hidden');
  log.info({ round: 3 }, 'closed');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'info',
    member: 'm1',
    round: 3,
    msg: 'closed',
    time: expect.stringMatching(/^\d{4}-/),
  });
});

test('secrets are not logged', () => {
  const { lines, destination } = recorder();
  createLog({ format: 'json', destination }).info({ token: 'abc', hello: { token: 'def' } }, 'joined');
  expect(lines[0]).not.toMatch(/abc|def/);
  expect(lines[0]).toContain('[secret]');
});

test('beside plain text a log is plain too, without a terminal, and its lines are their message only', async () => {
  const destination = new PassThrough({ encoding: 'utf8' });
  const log = createLog({ plain: true, destination });
  log.info({ name: 'cpu', member: 'm1' }, 'joined as m1');
  log.info('ready');
  const lines: string[] = [];
  for await (const text of destination) {
    lines.push(...String(text).split('\n').slice(0, -1));
    if (lines.length === 2) break;
  }
  expect(lines[0]).toMatch(/^\[[\d:.]+\] INFO: joined as m1$/);
  expect(lines[1]).toMatch(/^\[[\d:.]+\] INFO: ready$/);
});
