import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { register } from '../../../cli/commands/init.ts';
import { strategyFaults } from '../../../coordinator/strategies/contract/contract.ts';
import { temporaryFolder } from '../../support/digits.ts';

afterEach(() => vi.restoreAllMocks());

async function init(...args: readonly string[]): Promise<string> {
  const program = new Command().exitOverride();
  register(program);
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await program.parseAsync(['init', ...args], { from: 'user' });
  return text;
}

describe('tributary init --strategy', () => {
  it('writes a strategy that keeps the contract, and its test', async () => {
    const out = temporaryFolder();
    const said = await init('--strategy', 'my-strategy', '--out', out);
    expect(said).toContain('strategy: { module: ./my-strategy.mjs');
    const made = (await import(pathToFileURL(join(out, 'my-strategy.mjs')).href)) as {
      default: (options: object, job: object) => unknown;
    };
    expect(strategyFaults(made.default({}, {}), { federated: true })).toEqual([]);
    const test = readFileSync(join(out, 'my-strategy.test.mjs'), 'utf8');
    expect(test).toContain("import { strategyFaults } from 'tributary-ml'");
  });

  it('leaves what is there, and takes no name that is a path', async () => {
    const out = temporaryFolder();
    await init('--strategy', 'mine', '--out', out);
    await expect(init('--strategy', 'mine', '--out', out)).rejects.toThrow('is there already');
    await expect(init('--strategy', '../mine', '--out', out)).rejects.toThrow(
      'a name has lower-case letters',
    );
    expect(existsSync(join(out, '..', 'mine.mjs'))).toBe(false);
  });
});
