import { mkdtempSync, rmSync } from 'node:fs';
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
import { readSections, writeSections } from './report/files.ts';
import { disturbance } from './report/readme.ts';
import { merged, type Section } from './report/section.ts';
import { tableOf } from './report/table.ts';
import { largeSuite } from './rounds/large-suite.ts';
import { scalingSuite } from './rounds/scaling-suite.ts';
import { roundSuite } from './rounds/suite.ts';
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
  readonly update?: boolean;
  readonly out?: string;
}

const options = new Command()
  .name('npm run bench --')
  .description('Measures, side by side with others where they are installed, and prints a table.')
  .addOption(new Option('--only <suite>', 'one suite').choices(SUITES.map(({ name }) => name)))
  .option('--short', 'few samples: to see that it runs')
  .option('--update', 'with --only: its figures take the place of those in the folder; the others stay')
  .option('--out <folder>', 'where the results go (default: bench, of a whole run or with --update)')
  .addHelpText(
    'after',
    `\nSuites:\n${SUITES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`,
  )
  .parse()
  .opts<Options>();

/** A part of the figures, or rough ones, must not take the place of the whole ones unless it is asked for. */
const whole = !options.short && (options.only === undefined || options.update === true);
const out = options.out ?? (whole ? fileURLToPath(new URL('../../bench/', import.meta.url)) : undefined);
const short = options.short ?? false;
const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
const sections: Section[] = [];
try {
  const context = {
    short,
    folder,
    python: await findPython(),
    say: (text: string) => console.error(`- ${text}`),
  };
  for (const suite of SUITES) {
    if (options.only !== undefined && options.only !== suite.name) continue;
    const busy = suite.timed === false ? 0 : await busyShare();
    const rows = await suite.run(context);
    const measuredOn = new Date().toISOString().slice(0, 10);
    const { name, about } = suite;
    sections.push({ suite: name, about, measuredOn, short, busy, machine: describeMachine(), rows });
    // After each: what a long run has measured is not lost with it.
    if (out) writeSections(out, merged(readSections(out), sections, names(SUITES)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(tableOf(sections.flatMap(({ rows }) => rows)));
const busy = Math.max(...sections.map((section) => section.busy));
if (busy > DISTURBED) console.log(disturbance(busy));

function names(suites: readonly { readonly name: string }[]): string[] {
  return suites.map(({ name }) => name);
}
