import { lossRegistry } from '../nn/losses/registry.ts';
import type { Fault } from './cross-checks.ts';
import type { TargetJob } from './data-job.ts';
import type { SingleLossJob } from './job.ts';

type TargetType = Exclude<TargetJob['type'], 'several'>;

/** What a loss sees of a target: tokens are classes, features numbers. */
const COMPARED = {
  class: 'class',
  symbols: 'symbols',
  binary: 'binary',
  number: 'number',
  none: 'number',
  next: 'class',
  masked: 'class',
} as const;

/** Whether a loss is for a type of target; a word that is no loss is left to the schema. */
export function fitFaults(word: string | undefined, target: TargetType, path: readonly string[]): Fault[] {
  if (word === undefined || !Object.hasOwn(lossRegistry, word)) return [];
  if (lossRegistry[word as SingleLossJob['kind']].targets.includes(COMPARED[target])) return [];
  const message = `the loss ${word} does not fit a target of type ${target}`;
  return [{ path, message, allowed: lossesFor(target) }];
}

/**
 * Whether a loss is for a target that is scaled: some read more in their numbers than how large they are.
 *
 * @param normalize of the target, as it was written
 */
export function scaleFaults(word: string | undefined, normalize: unknown, path: readonly string[]): Fault[] {
  if (word === undefined || normalize === undefined || normalize === 'none') return [];
  const why = Object.hasOwn(lossRegistry, word) && lossRegistry[word as SingleLossJob['kind']].asItIs;
  if (!why) return [];
  const message = `the loss ${word} takes its target as it is, and normalize would change it: ${why}`;
  const allowed = [...lossesFor('number').filter(isFree), 'normalize: none'];
  return [{ path: [...path, 'normalize'], message, allowed, atKey: true }];
}

function isFree(word: string): boolean {
  return lossRegistry[word as SingleLossJob['kind']].asItIs === undefined;
}

/** Losses that are for a type of target. */
export function lossesFor(target: TargetType): string[] {
  return Object.entries(lossRegistry)
    .filter(([, row]) => row.targets.includes(COMPARED[target]))
    .map(([name]) => name);
}
