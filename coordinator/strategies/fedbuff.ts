import { outerStep } from './local-work.ts';
import { type OwnTraining, ownPieces } from './own-work.ts';
import { choose, wanted } from './selection.ts';
import type { Piece, PlanContext, Strategy } from './strategy.ts';
import { idle } from './synchronous.ts';

/** `steps` or epochs of a member for one update; a selection says how many work at once. */
export interface FedBuffOptions extends OwnTraining {
  /** K: updates in the buffer when the server steps. */
  readonly updates: number;
  /** η_g: how far the server goes along the mean of the buffer. */
  readonly learningRate: number;
  /** An update from weights more versions old than this is refused, and its work is done anew. */
  readonly maximumStaleness?: number;
  /** Exponent of the weight (1 + s)^−a of an update that is s versions old; the paper's is ½, 0 weighs all alike. */
  readonly delayExponent?: number;
}

/**
 * FedBuff (Nguyen et al. 2022, "Federated learning with buffered asynchronous aggregation"): members work without waiting for each
 * other, and the server steps when K updates came, from whatever version they started.
 *
 *   w ← w − η_g/K Σᵢ Δᵢ/√(1 + sᵢ)    with sᵢ the versions made since update i's start
 *
 * At the end of the run the buffer is emptied however full it is. Updates are added as they arrive, so runs differ in rounding and in
 * staleness.
 */
export function createFedBuff({
  updates,
  learningRate,
  maximumStaleness = 100,
  delayExponent = 0.5,
  ...training
}: FedBuffOptions): Strategy {
  return {
    name: 'fedbuff',
    serverVectors: [],
    summation: 'arrival',
    plan: (context) =>
      context.federated ? planForFree(context, training) : planForIdle(context, training.steps ?? 1),
    accept: (header, { staleness }) => {
      if (staleness > maximumStaleness) {
        return {
          refuse: `its weights are ${staleness} versions old, more than ${maximumStaleness}`,
          reason: 'stale',
        };
      }
      const weight = (1 + staleness) ** -delayExponent;
      return { weight, buffersWeight: weight * header.examples, divisor: 1 };
    },
    finish: (context) =>
      context.received >= updates || context.exhausted ? outerStep(context, learningRate) : undefined,
  };
}

/** As many as the selection says work at once, each at its own pace. */
function planForFree(context: PlanContext, training: OwnTraining): Piece[] {
  const { selection } = training;
  const atOnce = selection ? wanted(context, selection) : context.members.length;
  const members = choose(context, atOnce - context.outstanding, selection?.policy);
  return ownPieces(context, members, training);
}

/** The next positions for each idle member, `steps` times its share of the global batch, up to the end of the epoch. */
function planForIdle(context: PlanContext, steps: number): Piece[] {
  const { cursor, examples, globalBatch } = context;
  const batch = Math.max(1, Math.round(globalBatch / context.members.length));
  const pieces: Piece[] = [];
  let start = cursor.position;
  for (const member of idle(context)) {
    if (start >= examples) break;
    const end = Math.min(start + steps * batch, examples);
    pieces.push({ member: member.id, work: { kind: 'local', epoch: cursor.epoch, batch, start, end } });
    start = end;
  }
  return pieces;
}
