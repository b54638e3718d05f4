import type { Work } from './assignment.ts';
import { ProtocolError } from './errors.ts';
import type { tributary } from './gen/wire.js';
import type { AssignmentMessage } from './messages.ts';
import type { FieldReader } from './validate.ts';
import { CODECS, MAKES, OWNERS, PHASES } from './words.ts';

/** @throws ProtocolError when a field is not what it must be */
export function readAssign(assign: tributary.v1.Assign.$Properties, read: FieldReader): AssignmentMessage {
  const deadline = assign.deadline ?? 0;
  const proximal = read.finite(assign.proximal, 'assign.proximal');
  const corrections = read.list(assign.corrections, 'assign.corrections', (correction, field) => ({
    vector: read.name(correction.vector, `${field}.vector`),
    owner: read.word(correction.owner, OWNERS, `${field}.owner`),
    coefficient: read.finite(correction.coefficient, `${field}.coefficient`),
  }));
  return {
    id: read.id(assign.id, 'assign.id'),
    incarnation: read.count(assign.incarnation, 'assign.incarnation'),
    version: read.count(assign.version, 'assign.version'),
    round: read.count(assign.round, 'assign.round'),
    work: readWork(assign, read),
    deadline: deadline === Number.POSITIVE_INFINITY ? deadline : read.finite(deadline, 'assign.deadline'),
    terms: {
      ...(proximal === 0 ? {} : { proximal }),
      ...(corrections.length === 0 ? {} : { corrections }),
    },
    sections: read.list(assign.sections, 'assign.sections', (section, field) => ({
      name: read.name(section.name, `${field}.name`),
      make: read.word(section.make, MAKES, `${field}.make`),
    })),
    local: read.list(assign.staysLocal, 'assign.stays_local', (glob, field) => read.name(glob, field)),
    learningRate: read.finite(assign.learningRate, 'assign.learning_rate'),
    order: read.count(assign.order, 'assign.order'),
    weights: read.blobId(assign.weights, 'assign.weights'),
    vectors: read.map(assign.vectors, 'assign.vectors', (id, field) => read.blobId(id, field)),
    codec: read.word(assign.codec, CODECS, 'assign.codec'),
    uploadCredit: read.count(assign.uploadCredit, 'assign.upload_credit'),
  };
}

function readWork(
  { gradient, local, own, evaluate }: tributary.v1.Assign.$Properties,
  read: FieldReader,
): Work {
  if (gradient) {
    const epoch = read.count(gradient.epoch, 'assign.gradient.epoch');
    const phase = gradient.phase ? { phase: read.word(gradient.phase, PHASES, 'assign.gradient.phase') } : {};
    return { kind: 'gradient', epoch, ...phase, ...readRange(gradient, 'assign.gradient', read) };
  }
  if (local) {
    const epoch = read.count(local.epoch, 'assign.local.epoch');
    const batch = read.positive(local.batch, 'assign.local.batch');
    return { kind: 'local', epoch, batch, ...readRange(local, 'assign.local', read) };
  }
  if (own) {
    const epochs = read.positive(own.epochs, 'assign.own.epochs');
    return { kind: 'own', epochs, batch: read.positive(own.batch, 'assign.own.batch') };
  }
  if (evaluate) return { kind: 'evaluate', ...readRange(evaluate, 'assign.evaluate', read) };
  throw new ProtocolError('assign has no work, or of a kind that this version does not know');
}

function readRange(
  range: tributary.v1.EvaluateWork.$Properties,
  field: string,
  read: FieldReader,
): { start: number; end: number } {
  const start = read.count(range.start, `${field}.start`);
  const end = read.count(range.end, `${field}.end`);
  if (end < start) throw new ProtocolError(`${field} ends at ${end}, before its start ${start}`);
  return { start, end };
}
