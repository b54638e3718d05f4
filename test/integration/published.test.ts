import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parseJob } from '../../shared/job/parse.ts';
import { version } from '../../shared/version.ts';
import { isValid } from '../support/json-schema.ts';
import { killAll, tributary } from '../support/processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

afterAll(killAll);

describe('the published JSON Schema', () => {
  const schema = JSON.parse(read('shared/job/job.schema.json')) as Record<string, unknown>;
  const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.yaml'),
  );
  const texts: [string, string][] = [
    ...examples.map((path): [string, string] => [path, read(join('examples', path))]),
    ['docs/job.md', /## Example\n```yaml\n(.*?)```/s.exec(read('docs/job.md'))![1]!],
  ];

  it.each(texts)('takes %s, as the program does', (name, text) => {
    expect(isValid(schema, parseYaml(text))).toBe(true);
    expect(parseJob(text, name).name).toBeTruthy();
  });

  it('takes every example that it gives of a key', () => {
    const wrong: string[] = [];
    const visit = (path: string, at: unknown): void => {
      if (typeof at !== 'object' || at === null) return;
      const { examples: given, properties } = at as Record<string, unknown>;
      if (Array.isArray(given)) {
        for (const example of given) {
          if (!isValid(schema, example, at as Record<string, unknown>)) {
            wrong.push(`${path}: ${JSON.stringify(example)}`);
          }
        }
      }
      for (const [key, member] of Object.entries((properties ?? {}) as object))
        visit(`${path}.${key}`, member);
      for (const word of ['anyOf', 'items', '$defs'] as const) {
        const branches = (at as Record<string, unknown>)[word];
        if (typeof branches === 'object' && branches !== null) {
          for (const [key, branch] of Object.entries(branches)) visit(`${path}/${key}`, branch);
        }
      }
    };
    visit('', schema);
    expect(wrong).toEqual([]);
  });

  it.each([
    ['an unknown key', { bach: 64 }],
    ['a wrong type', { epochs: 'two' }],
    ['an unknown word', { optimizer: 'adamm' }],
    ['both epochs and rounds', { rounds: 5 }],
    ['a layer that is none', { model: { layers: ['dens'] } }],
  ])('refuses %s, as the program does', (_, change) => {
    const job = { ...(parseYaml(read('examples/digits/job.yaml')) as object), ...change };
    expect(isValid(schema, job)).toBe(false);
    expect(() => parseJob(JSON.stringify(job), 'job.yaml')).toThrow();
  });
});

describe('the command line', () => {
  it('is of the version that the package has, as the library says', async () => {
    const { version: published } = JSON.parse(read('package.json')) as { version: string };
    expect(version).toBe(published);
    const end = await tributary(['--version']).end();
    expect(end).toMatchObject({ code: 0, stdout: `${published}\n`, stderr: '' });
  });

  it('helps with an example for every command', async () => {
    const { stdout } = await tributary(['--help']).end();
    expect(stdout).toMatch(/Example:\n {2}npx tributary run /);
    const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Example:'));
    const commands = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
    const expected = ['run', 'coordinator', 'worker', 'resume', 'check', 'runs', 'show', 'export', 'predict'];
    expect(commands).toEqual(expect.arrayContaining(expected));
    for (const command of commands.filter((name) => name !== 'help')) {
      const help = await tributary([command, '--help']).end();
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout, command).toMatch(new RegExp(`Examples?:\\n .*tributary ${command}\\b`));
    }
  });
});
