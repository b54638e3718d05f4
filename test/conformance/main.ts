import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, readCase } from './cases.ts';
import { checkCase } from './check-case.ts';
import { isGap, readExpected, writeExpected } from './expected.ts';
import { type Outcome, reasonOf } from './outcome.ts';
import { type Result, report } from './report.ts';
import { writeResults } from './results.ts';
import { findSources } from './sources.ts';

/** Every so many tests run on the wasm provider too. */
const WASM_EVERY = 9;
/** With --short every so many tests run at all. */
const SHORT_EVERY = 8;

interface Options {
  readonly only?: string;
  readonly short: boolean;
  readonly update: boolean;
}

/**
 * Runs the specification's node tests through import and differentiator and prints what each showed.
 *
 * @param here the folder of the stored list of what is not covered.
 * @returns the exit code: 1 where a test disagrees, or where more is not covered than is stored.
 */
export async function main(args: readonly string[], here: string): Promise<number> {
  const options = optionsOf(args);
  const root = join(here, '../..');
  const { sources, missing } = findSources(join(root, 'node_modules/.cache'), here);
  if (sources.length === 0) {
    console.log(`SKIPPED: conformance: no tests of the specification are here. ${missing.join('. ')}.`);
    return 0;
  }
  for (const { name } of sources) console.log(`tests of: ${name}`);
  for (const reason of missing) console.log(`without: ${reason}`);
  const tests = distinct(sources.flatMap(({ folder }) => casesOf(folder)));
  const chosen = tests.filter(
    (test, k) =>
      (options.only === undefined || test.operator.toLowerCase() === options.only.toLowerCase()) &&
      (!options.short || k % SHORT_EVERY === 0),
  );
  if (chosen.length === 0) {
    console.error(
      `No test is about '${options.only}'. Operators: ${[...new Set(tests.map((t) => t.operator))].sort().join(', ')}`,
    );
    return 2;
  }
  const results: Result[] = [];
  for (const [k, test] of chosen.entries()) {
    const wasm = options.only !== undefined || k % WASM_EVERY === 0;
    results.push({ test, outcome: await outcomeOf(test, wasm) });
  }
  return conclude(results, options, here);
}

async function outcomeOf(test: Case, wasm: boolean): Promise<Outcome> {
  try {
    return await checkCase(test, { wasm });
  } catch (error) {
    return { kind: 'disagrees', reason: reasonOf(error) };
  }
}

function conclude(results: readonly Result[], options: Options, here: string): number {
  const file = join(here, 'expected.json');
  const expected = readExpected(file);
  const outcomes = new Map(
    results.map(({ test: { name, operator }, outcome }) => [name, { operator, outcome }] as const),
  );
  console.log(report(results));
  const listed = (operator: string, name: string) => expected[operator]?.[name] !== undefined;
  const disagreeing = results.filter(
    ({ outcome }) => outcome.kind === 'disagrees' || outcome.wasm === 'disagrees',
  );
  const added = results.filter(({ test, outcome }) => isGap(outcome) && !listed(test.operator, test.name));
  const gained = results.filter(({ test, outcome }) => !isGap(outcome) && listed(test.operator, test.name));
  if (options.update) {
    writeExpected(file, expected, outcomes);
    if (options.only === undefined && !options.short) writeResults(join(here, 'results.json'), results);
    console.log('written: test/conformance/expected.json');
  } else {
    for (const { test, outcome } of added)
      console.log(`NOT COVERED ANY MORE: ${test.name}: ${outcome.reason}`);
    if (gained.length > 0) {
      console.log(`${gained.length} tests of the list are covered now: npm run conformance -- --update`);
    }
  }
  for (const { test, outcome } of disagreeing) {
    console.log(`DISAGREES: ${test.name} (${test.operator}): ${outcome.reason ?? 'on wasm'}`);
  }
  return disagreeing.length > 0 || (added.length > 0 && !options.update) ? 1 : 0;
}

function casesOf(folder: string): Case[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readCase(join(folder, name)) ?? []);
}

/** Releases of the specification share most tests: the same name of the same opset is one test. */
function distinct(tests: readonly Case[]): Case[] {
  return [...new Map(tests.map((test) => [test.name, test])).values()];
}

function optionsOf(args: readonly string[]): Options {
  const only = args.indexOf('--only');
  const known = args.every(
    (arg, k) => ['--only', '--short', '--update'].includes(arg) || (only >= 0 && k === only + 1),
  );
  if (!known || (only >= 0 && args[only + 1] === undefined)) {
    throw new Error(`Options: --only Operator, --short, --update; given: ${args.join(' ')}`);
  }
  return {
    ...(only >= 0 && { only: args[only + 1] as string }),
    short: args.includes('--short'),
    update: args.includes('--update'),
  };
}
