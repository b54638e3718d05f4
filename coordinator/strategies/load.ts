import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Job, StrategyJob } from '../../shared/job/job.ts';
import { strategyFaults } from './contract/contract.ts';
import { StrategyModuleError } from './module-error.ts';
import type { Strategy } from './strategy.ts';
import { unwatchable } from './watched.ts';

/** What a module's default export is: makes the strategy of the job's options. */
export type StrategyFactory = (
  options: Readonly<Record<string, unknown>>,
  job: Job,
) => Strategy | Promise<Strategy>;

/**
 * Loads a strategy of the user's own: code of the coordinator's own machine, from a path that the job file names. It never travels.
 *
 * @param base folder of the job file; the module must lie in it or below
 * @throws StrategyModuleError: what is wrong with the module, or with the strategy that it makes
 */
export async function loadStrategy(
  { path, options }: Extract<StrategyJob, { kind: 'module' }>,
  base: string,
  job: Job,
): Promise<Strategy> {
  const file = resolve(base, path);
  const refuse = (what: string, cause?: unknown): never => {
    throw new StrategyModuleError(`the strategy ${path} ${what}`, { cause });
  };
  const below = relative(base, file);
  if (below.startsWith('..') || resolve(below) === below) {
    refuse('is not beside the job file: copy it there, and name it as ./my-strategy.mjs');
  }
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) refuse(`is not there: ${file} is no file`);
  const loaded = (await import(pathToFileURL(file).href).catch((error: unknown) =>
    refuse(`cannot be loaded: ${messageOf(error)}`, error),
  )) as { readonly default?: unknown };
  const factory = loaded.default;
  if (typeof factory !== 'function') {
    return refuse(
      'has no default export that is a function: export default (options, job) => ({ name, plan, … })',
    );
  }
  let strategy: unknown;
  try {
    strategy = await (factory as StrategyFactory)(options, job);
  } catch (error) {
    return refuse(`cannot be made of its options: ${messageOf(error)}`, error);
  }
  const faults = strategyFaults(strategy, { federated: job.data.heldBy === 'members' });
  if (faults.length > 0)
    refuse(`breaks the contract of strategies:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  const wrong = unwatchable(job, strategy as Strategy);
  if (wrong) refuse(wrong);
  return strategy as Strategy;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
