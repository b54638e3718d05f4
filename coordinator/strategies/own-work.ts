import type { SelectionJob } from '../../shared/job/job.ts';
import type { EpochsJob, OwnTrainingJob } from '../../shared/job/strategy-job.ts';
import type { OwnWork } from '../rounds/types.ts';
import { ownSteps, workload } from '../rounds/workload.ts';
import { select } from './selection.ts';
import type { Candidate, FinishContext, Piece, PlanContext } from './strategy.ts';

/** What a strategy on members' own rows needs to know of the job. */
export interface OwnTraining extends OwnTrainingJob {
  /** B: examples of one optimizer step, the job's when left out; 0 for all rows of the participant (the paper's ∞). */
  readonly batch?: number;
  /** Who is asked; everyone when undefined. */
  readonly selection?: SelectionJob | undefined;
}

/** Work on the rows of the participants that are selected for this round; none while the round's window is open. */
export function planOwnWork(
  context: PlanContext,
  training: OwnTraining,
  more: Partial<OwnWork> = {},
): Piece[] {
  if (context.outstanding > 0 || context.received > 0) return [];
  return ownPieces(context, select(context, training.selection), training, more);
}

/** A piece for each of these members. */
export function ownPieces(
  context: PlanContext,
  members: readonly Candidate[],
  training: OwnTraining,
  more: Partial<OwnWork> = {},
): Piece[] {
  const { selection } = training;
  const work = { ...ownWork(training, context), ...more };
  const patienceMs = selection?.deadline === undefined ? undefined : selection.deadline * 1000;
  const target =
    training.work === 'by-speed' ? median(members.map((member) => msFor(member, work))) : undefined;
  return members.map((member) => ({
    member: member.id,
    work: target === undefined ? work : partial(member, work, target),
    ...(patienceMs !== undefined && { patienceMs }),
  }));
}

/** H steps take at most H epochs, as each has one step at least. */
function ownWork(training: OwnTraining, context: PlanContext): OwnWork {
  const { epochs, steps, batch = context.globalBatch } = training;
  const passes = epochs === undefined ? (steps ?? 1) : epochsAt(epochs, context);
  return { kind: 'own', epochs: passes, batch, ...(steps !== undefined && { steps }) };
}

/** Evenly from the first round's to the last round's, in whole epochs. */
function epochsAt(epochs: EpochsJob, { round, rounds = 1 }: PlanContext): number {
  if (typeof epochs === 'number') return epochs;
  const share = rounds > 1 ? Math.min(1, round / (rounds - 1)) : 0;
  return Math.max(1, Math.round(epochs.start + (epochs.end - epochs.start) * share));
}

/**
 * Partial work (Li et al. 2020, "Federated optimization in heterogeneous networks"): who would take longer than most takes as many steps
 * as fit into the time that those take, instead of being left out. Of whom nothing is known the whole is asked.
 */
function partial(member: Candidate, work: OwnWork, targetMs: number): OwnWork {
  const time = msFor(member, work);
  if (time === undefined || time <= targetMs) return work;
  const { steps } = ownSteps(work, member.rows?.examples ?? 0);
  return { ...work, steps: Math.max(1, Math.floor((steps * targetMs) / time)) };
}

/** Milliseconds that it would compute; undefined of whom nothing is known. */
function msFor({ speed, rows }: Candidate, work: OwnWork): number | undefined {
  return speed === undefined || !rows ? undefined : (1000 * workload(work, rows)) / speed;
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

/** Updates that are enough of so many that were asked for: those that over-selection does not want. */
export function goalOf(selection: SelectionJob | undefined): (asked: number) => number {
  return (asked) => Math.max(1, Math.round(asked / (selection?.over ?? 1)));
}

/** All that was asked for has come or was given up, or as much as over-selection wants. */
export function mayClose({ outstanding, enough }: FinishContext): boolean {
  return outstanding === 0 || enough;
}
