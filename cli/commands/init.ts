import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PROGRAM } from '../../shared/text/command.ts';
import { shellWord } from '../../shared/text/shell-word.ts';
import { UsageError } from '../errors.ts';
import { strategySkeleton, strategyTest } from '../skeletons/strategy.ts';

interface InitCommand {
  readonly strategy: string;
  readonly out: string;
}

export function register(program: Command): void {
  program
    .command('init')
    .summary('begin a strategy of your own')
    .description(
      'Writes the skeleton of a strategy, which is federated averaging to begin with, and a test that holds it to the contract of strategies. Files that are there already are left as they are.',
    )
    .requiredOption('--strategy <name>', 'its name: lower case, digits, dashes')
    .option('--out <folder>', 'where to write it: the folder of the job file', '.')
    .addHelpText(
      'after',
      `\nExample:\n  ${PROGRAM} init --strategy my-strategy\n  node --test my-strategy.test.mjs\n`,
    )
    .action(({ strategy: name, out }: InitCommand) => {
      if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
        throw new UsageError(
          `--strategy ${name}: a name has lower-case letters, digits and dashes, and begins with a letter`,
        );
      }
      mkdirSync(out, { recursive: true });
      const [file, test] = [join(out, `${name}.mjs`), join(out, `${name}.test.mjs`)];
      write(file, strategySkeleton(name));
      write(test, strategyTest(name));
      process.stdout.write(
        `${file}: the strategy\n${test}: its test: node --test ${shellWord(test)}\n` +
          `In the job file:\n  strategy: { module: ./${name}.mjs, options: { learning-rate: 1 } }\n`,
      );
    });
}

/** @throws UsageError where a file of that name is there */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${file} is there already: choose another --strategy or --out`);
  }
}
