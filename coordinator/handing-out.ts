import type { Wire } from '../shared/job/wire-job.ts';
import { changesWeights, isOwn } from '../shared/protocol/assignment.ts';
import { DEFAULT_LIMITS } from '../shared/protocol/limits.ts';
import type { Connections } from './connections.ts';
import type { CountedUpdates } from './counted-updates.ts';
import { encodingFor, encodingSeed, sectionCodecFor } from './encodings.ts';
import type { Intake } from './intake.ts';
import type { RoundState } from './rounds/core.ts';
import type { Assignment, Effect, MemberId, Work } from './rounds/types.ts';
import type { ServerWeights } from './weights/server-weights.ts';

export interface HandingOutParts {
  readonly weights: ServerWeights;
  readonly connections: Connections;
  readonly intake: Intake;
  readonly counted: CountedUpdates;
  readonly wire: Wire;
  /** Of the job. */
  readonly seed: number;
}

/** Sends assignments with all that belongs to them: weights and vectors, encodings, room for the update, what of the member's memory counts. */
export class HandingOut {
  constructor(private readonly parts: HandingOutParts) {}

  /** @param state in which the core made the assignment */
  assign(
    { member, model, ...assignment }: Extract<Effect, { type: 'assign' }>['assignment'],
    state: RoundState,
  ): void {
    const { connections, weights: server, intake, wire, seed } = this.parts;
    const session = connections.get(member);
    const holding = connections.holding(member);
    if (!session || !holding) return; // `left` is under way, and hands the work to another.
    const codec = wire.down;
    const codecs = connections.codecs(member);
    const encoding = encodingFor(wire, codecs);
    const sectionCodec = sectionCodecFor(wire, codecs);
    const trains = changesWeights(assignment.work);
    const weights = server.sent(trains ? 'parameters' : (model ?? server.measured), holding);
    const wanted = (assignment.terms.corrections ?? []).filter(({ owner }) => owner === 'server');
    // The weights, which may be among the models to choose from, travel anyway.
    const choices = (assignment.choices ?? []).filter((name) => name !== 'parameters');
    const names = [...wanted.map(({ vector }) => vector), ...choices];
    const vectors = Object.fromEntries(names.map((name) => [name, server.encoded(codec, name).id]));
    const updateBytes = trains ? server.updateBytes(encoding.codec, sectionCodec) : 0;
    const kept = intake.handOut({ ...assignment, member }, updateBytes);
    connections.push(member, [...weights.blobs, ...Object.values(vectors)]);
    if (weights.message.reference) holding.gave(assignment.id, weights.message.weights);
    session.assign({
      ...assignment,
      ...this.remembered(member, assignment.work, state),
      ...weights.message,
      vectors,
      encoding: { ...encoding, seed: encodingSeed(seed, assignment) },
      sectionCodec,
      uploadCredit: kept ? DEFAULT_LIMITS.windowBytes : 0,
    });
  }

  /** What of the member's memory the work goes on from. */
  private remembered(
    member: MemberId,
    work: Work,
    { config, window }: RoundState,
  ): Pick<Assignment, 'counted' | 'kept'> {
    const { counted } = this.parts;
    if (isOwn(work)) return counted.of(member);
    return config.remembers && changesWeights(work) ? counted.of(member, window) : {};
  }
}
