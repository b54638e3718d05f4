import type { Committer } from './committer.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import type { Outcome } from './events.ts';
import type { Effect } from './rounds/types.ts';

/** How an outcome stands in the store. */
const STATUS = {
  completed: 'completed',
  'early-stopping': 'completed',
  stopped: 'stopped',
  diverged: 'failed',
  failed: 'failed',
} as const;

/** After divergence the weights that gave it are taken back: the message says which are left. */
export function explained(
  { reason, message, suspect }: Extract<Effect, { type: 'finished' }>,
  { store, suspicions }: Pick<CoordinatorOptions, 'store' | 'suspicions'>,
): string {
  if (reason !== 'diverged') return message;
  const suspected = suspicions?.().map((hint) => ` Most likely: ${hint}.`) ?? [];
  return `${message}${suspected.join('')} ${whatIsKept(suspect, store)}`;
}

function whatIsKept(suspect: number | undefined, store: CoordinatorOptions['store']): string {
  const kept = suspect === undefined ? store.versions().at(-1) : store.withdraw(suspect);
  if (!kept || kept.version === suspect) return 'No version with a finite loss was committed.';
  return `Kept: version ${kept.version} after round ${kept.round}, the last that was good.`;
}

/** What is not written is missing in what the run took, and nowhere else. */
export function recordLife(committer: Committer, { log }: Pick<CoordinatorOptions, 'log'>): void {
  try {
    committer.lived();
  } catch (error) {
    log?.('error', `what the run took could not be stored: ${(error as Error).message}`);
  }
}

/** The store may be what failed: then the outcome is not in it, and a resumed run starts from the last commit all the same. */
export function recordOutcome(
  { reason, message }: Outcome,
  committer: Committer,
  { store, log }: Pick<CoordinatorOptions, 'store' | 'log'>,
): void {
  try {
    committer.lived();
    store.finish(STATUS[reason], message);
  } catch (error) {
    log?.('error', `the outcome could not be stored: ${(error as Error).message}`);
  }
}
