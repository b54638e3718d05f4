import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinCommand } from '../../../cli/join-command.ts';
import { namedByFolder, namedRun } from '../../../cli/shell.ts';
import { command } from '../../../shared/text/command.ts';
import { shellWord as quoted } from '../../../shared/text/shell-word.ts';

describe('words of printed commands', () => {
  it('stay as they are where a shell takes them so', () => {
    for (const word of ['digits-20260101-120000-1a2b', '127.0.0.1:7300', 'runs/x/model.onnx', '3F:9A']) {
      expect(quoted(word)).toBe(word);
    }
  });

  it('are quoted where they hold spaces or what a shell would act on', () => {
    expect(quoted('my runs')).toBe("'my runs'");
    expect(quoted("it's")).toBe(`'it'\\''s'`);
    expect(quoted('')).toBe("''");
    expect(quoted('$HOME')).toBe("'$HOME'");
    expect(quoted('[::1]:7300')).toBe("'[::1]:7300'");
  });

  it.skipIf(process.platform === 'win32')('come back from a POSIX shell as they were', () => {
    const word = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const line = `printf '%s\\0' ${words.map(quoted).join(' ')}`;
        const back = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
        expect(back.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 10 },
    );
  });
});

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What is no command to type: a name that a server sees, a certificate's, the description of a key. */
const NAMES = /application_name:|CN=tributary|description: 'Virtual participants, for tributary simulate;/;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('gen/'))
    .map((file) => join(folder, file));
}

describe('printed commands', () => {
  it('messages said "tributary" or "npx tributary" as it came: none spells it by itself', () => {
    const commands = readdirSync(join(ROOT, 'cli/commands')).map((file) => file.replace('.ts', ''));
    const spelled = new RegExp(`\\btributary(-ml)? (${commands.join('|')})\\b`);
    const found = ['cli', 'coordinator', 'shared', 'node', 'worker', 'simulation', 'launch', 'engines']
      .flatMap(sources)
      .flatMap((file) =>
        readFileSync(join(ROOT, file), 'utf8')
          .split('\n')
          .filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line) && spelled.test(line) && !NAMES.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(commands).toContain('participate');
    expect(found).toEqual([]);
  });

  it('repeat the folder of runs where it is not the usual one', () => {
    expect(command('show', ...namedRun('r1', 'runs'))).toBe('npx tributary show r1');
    expect(command('show', ...namedRun('r1', 'my runs'))).toBe("npx tributary show r1 --runs 'my runs'");
    expect(command('resume', ...namedByFolder('r1', '/data/all/r1'))).toBe(
      'npx tributary resume r1 --runs /data/all',
    );
  });

  it('join with quoted words', () => {
    const facts = { address: '[::1]:7300', websocket: 'a b:1', fingerprint: undefined, token: 'to ken' };
    expect(joinCommand(facts)).toBe(
      "TRIBUTARY_TOKEN='to ken' npx tributary-ml worker --join '[::1]:7300' --insecure",
    );
    expect(joinCommand({ ...facts, federated: true })).toMatch(
      / npx tributary-ml participate --join '\[::1\]:7300' --insecure --data YOUR.csv$/,
    );
    expect(joinCommand({ ...facts, federated: true, format: 'images' })).toMatch(/ --data FOLDER$/);
    expect(joinCommand({ ...facts, federated: true, format: 'text' })).toMatch(/ --data YOUR.txt$/);
    expect(joinCommand(facts, 'websocket')).toContain("--join 'a b:1' --websocket");
  });
});
