import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { busyShare, DISTURBED } from './busy.ts';
import { codecSuite } from './codecs/suite.ts';
import { crowdSuite } from './crowd/suite.ts';
import { describeMachine } from './machine.ts';
import { memorySuite } from './memory/suite.ts';
import { papersSuite } from './papers/suite.ts';
import { findPython } from './peers/python.ts';
import { disturbance, readmeOf } from './report/readme.ts';
import { tableOf } from './report/table.ts';
import { largeSuite } from './rounds/large-suite.ts';
import { scalingSuite } from './rounds/scaling-suite.ts';
import { roundSuite } from './rounds/suite.ts';
import { type Row, resultOf } from './row.ts';
import { simulationSuite } from './simulation/suite.ts';
import { startSuite } from './start/suite.ts';
import { stepSuite } from './steps/suite.ts';
import { tfjsSuite } from './steps/tfjs-suite.ts';
import { throughputSuite } from './throughput/suite.ts';

const SUITES = [
  stepSuite,
  tfjsSuite,
  memorySuite,
  roundSuite,
  largeSuite,
  scalingSuite,
  crowdSuite,
  throughputSuite,
  simulationSuite,
  codecSuite,
  papersSuite,
  startSuite,
];

interface Options {
  readonly only?: string;
  readonly short?: boolean;
  readonly out?: string;
}

const options = new Command()
  .name('npm run bench --')
  .description('Measures, side by side with others where they are installed, and prints a table.')
  .addOption(new Option('--only <suite>', 'one suite').choices(SUITES.map(({ name }) => name)))
  .option('--short', 'few samples: to see that it runs')
  .option('--out <folder>', 'where results.json and README.md go (default: bench, of a whole run only)')
  .addHelpText(
    'after',
    `\nSuites:\n${SUITES.map(({ name, about }) => `  ${name.padEnd(9)}${about}`).join('\n')}`,
  )
  .parse()
  .opts<Options>();

const short = options.short ?? false;
const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
const rows: Row[] = [];
/** Of the machine, by others, before each suite: the largest. */
let busy = 0;
try {
  const context = {
    short,
    folder,
    python: await findPython(),
    say: (text: string) => console.error(`- ${text}`),
  };
  for (const suite of SUITES) {
    if (options.only !== undefined && options.only !== suite.name) continue;
    busy = Math.max(busy, await busyShare());
    rows.push(...(await suite.run(context)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(tableOf(rows));
if (busy > DISTURBED) console.log(disturbance(busy));
write(rows);

/** A part of the figures, or rough ones, must not take the place of the whole ones unless it is asked for. */
function write(measured: readonly Row[]): void {
  const whole = !short && options.only === undefined;
  const out = options.out ?? (whole ? fileURLToPath(new URL('../../bench/', import.meta.url)) : undefined);
  if (out === undefined) return;
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(measured.map(resultOf), undefined, 2)}\n`);
  writeFileSync(join(out, 'README.md'), readmeOf(measured, describeMachine(), { short, busy }));
}
