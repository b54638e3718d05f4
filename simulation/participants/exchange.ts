import { joinPieces } from '../../shared/parameters/pieces.ts';
import type { MemberSession } from '../../shared/protocol/member-session.ts';
import type { AssignmentMessage, UploadStatus } from '../../shared/protocol/messages.ts';
import {
  type SentVector,
  WEIGHTS,
  type WorkOrder,
  type WorkResult,
} from '../../worker/trainer/work-order.ts';
import type { SharedReferences } from './references.ts';

/**
 * The vectors that an assignment starts from, fetched.
 *
 * @param kept id of the weights that the participant keeps for deltas
 */
export function vectorsOf(
  session: MemberSession,
  assignment: AssignmentMessage,
  { references, kept }: { readonly references: SharedReferences; readonly kept: string },
): Promise<SentVector[]> {
  const { weights, vectors, codec, reference } = assignment;
  const whole = async ([name, id]: readonly [string, string]): Promise<SentVector> => ({
    name,
    codec,
    bytes: await session.fetch(id),
  });
  const first = reference
    ? references
        .weights(session, assignment, kept)
        .then((bytes): SentVector => ({ name: WEIGHTS, codec: 'f32', bytes }))
    : whole([WEIGHTS, weights]);
  return Promise.all([first, ...Object.entries(vectors).map(whole)]);
}

export function orderOf(assignment: AssignmentMessage): WorkOrder {
  const {
    work,
    round,
    terms,
    sections,
    local,
    measures,
    choices,
    learningRate,
    codec,
    encoding,
    sectionCodec,
  } = assignment;
  return {
    ...{ work, round, terms, sections, local, measures, choices, learningRate, codec },
    ...(encoding && { encoding }),
    ...(sectionCodec && { sectionCodec }),
  };
}

/**
 * Hands a result in.
 *
 * @param computeMs virtual: what the engine took says nothing of the participant
 */
export function handIn(
  session: MemberSession,
  { id, incarnation, uploadCredit }: AssignmentMessage,
  { header, sections }: WorkResult,
  computeMs: number,
): Promise<UploadStatus> {
  const payload = joinPieces(sections.map(({ bytes }) => bytes));
  return session.upload(
    {
      assignment: id,
      incarnation,
      header: { ...header, computeMs },
      credit: uploadCredit,
      sections: sections.map(({ name, codec, floats, bytes }) => ({
        name,
        codec,
        floats,
        bytes: bytes.length,
      })),
    },
    payload,
  );
}
