#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { PROGRAM } from '../shared/text/command.ts';
import { printError } from './errors.ts';
import { EXIT } from './exit-codes.ts';

/** One file per command. Loaded when it is wanted: a worker need not load what a coordinator does. */
const COMMANDS: Readonly<Record<string, () => Promise<{ register(program: Command): void }>>> = {
  run: () => import('./commands/run.ts'),
  simulate: () => import('./commands/simulate.ts'),
  coordinator: () => import('./commands/coordinator.ts'),
  worker: () => import('./commands/worker.ts'),
  participate: () => import('./commands/participate.ts'),
  record: () => import('./commands/record.ts'),
  resume: () => import('./commands/resume.ts'),
  init: () => import('./commands/init.ts'),
  check: () => import('./commands/check.ts'),
  inspect: () => import('./commands/inspect.ts'),
  runs: () => import('./commands/runs.ts'),
  show: () => import('./commands/show.ts'),
  export: () => import('./commands/export.ts'),
  predict: () => import('./commands/predict.ts'),
  generate: () => import('./commands/generate.ts'),
};

/** package.json is beside `cli` in the sources and beside `dist` when compiled. */
function version(): string {
  const root = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  return (JSON.parse(readFileSync(new URL(root, import.meta.url), 'utf8')) as { version: string }).version;
}

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command(PROGRAM)
    .description('Any ONNX model, trained together, anywhere ONNX Runtime runs.')
    .version(version(), '-v, --version')
    // Else its --version would be taken from `export --version best`.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(--help shows how the command is used)')
    .addHelpText('after', `\nExample:\n  ${PROGRAM} run examples/digits/job.yaml --workers 2\n`);
  const wanted = COMMANDS[argv[2] ?? ''];
  const loads = wanted && Object.hasOwn(COMMANDS, argv[2]!) ? [wanted] : Object.values(COMMANDS);
  for (const command of await Promise.all(loads.map((load) => load()))) command.register(program);
  await program.parseAsync(argv);
}

// `tributary runs | head` closes the pipe: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

try {
  await main(process.argv);
} catch (error) {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = printError(error);
}
