import type { Encoding } from '../parameters/codecs/update-codec.ts';
import { DELTA_CODECS, isDeltaCodec } from '../parameters/reference.ts';
import type { EvaluateOwnWork, OwnWork, Work } from './assignment.ts';
import { ProtocolError } from './errors.ts';
import type { tributary } from './gen/wire.js';
import type { AssignmentMessage } from './messages.ts';
import type { FieldReader } from './validate.ts';
import { CODECS, DENSE_CODECS, MAKES, MEASURES, OWNERS, PHASES, SECTION_CODECS } from './words.ts';

/** Deltas of one assignment: a chain of more would be more bytes than the weights whole, and is fetched all at once. */
const MOST_BASES = 8;

/** @throws ProtocolError when a field is not what it must be */
export function readAssign(assign: tributary.v1.Assign.$Properties, read: FieldReader): AssignmentMessage {
  const deadline = assign.deadline ?? 0;
  const proximal = read.finite(assign.proximal, 'assign.proximal');
  const corrections = read.list(assign.corrections, 'assign.corrections', (correction, field) => ({
    vector: read.name(correction.vector, `${field}.vector`),
    owner: read.word(correction.owner, OWNERS, `${field}.owner`),
    coefficient: read.finite(correction.coefficient, `${field}.coefficient`),
  }));
  const measures = read.list(assign.measures, 'assign.measures', (measure, field) =>
    read.word(measure, MEASURES, field),
  );
  const choices = read.list(assign.choices, 'assign.choices', (name, field) => read.name(name, field));
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
      ...(section.coefficient && { coefficient: read.finite(section.coefficient, `${field}.coefficient`) }),
    })),
    local: read.list(assign.staysLocal, 'assign.stays_local', (glob, field) => read.name(glob, field)),
    ...(measures.length > 0 && { measures }),
    ...(choices.length > 0 && { choices }),
    ...(typeof assign.counted === 'string' && {
      counted: assign.counted === '' ? '' : read.id(assign.counted, 'assign.counted'),
      kept: assign.kept ? read.id(assign.kept, 'assign.kept') : '',
    }),
    learningRate: read.finite(assign.learningRate, 'assign.learning_rate'),
    order: read.count(assign.order, 'assign.order'),
    weights: read.blobId(assign.weights, 'assign.weights'),
    vectors: read.map(assign.vectors, 'assign.vectors', (id, field) => read.blobId(id, field)),
    codec: read.word(assign.codec, DENSE_CODECS, 'assign.codec'),
    ...(assign.updateCodec ? { encoding: readEncoding(assign, read) } : {}),
    ...(assign.deltaCodec ? { reference: readReference(assign, read) } : {}),
    ...(assign.sectionCodec
      ? { sectionCodec: read.word(assign.sectionCodec, SECTION_CODECS, 'assign.section_codec') }
      : {}),
    uploadCredit: read.count(assign.uploadCredit, 'assign.upload_credit'),
  };
}

function readEncoding(assign: tributary.v1.Assign.$Properties, read: FieldReader): Encoding {
  const share = read.finite(assign.updateShare, 'assign.update_share');
  if (share < 0 || share > 1) {
    throw new ProtocolError(`assign.update_share is ${share}, which is not a share of 0…1`);
  }
  const seed = read.count(assign.updateSeed, 'assign.update_seed');
  return {
    codec: read.word(assign.updateCodec, CODECS, 'assign.update_codec'),
    ...(share > 0 && { share }),
    ...(assign.errorFeedback && { errorFeedback: true }),
    ...(seed > 0 && { seed }),
  };
}

function readReference(
  assign: tributary.v1.Assign.$Properties,
  read: FieldReader,
): NonNullable<AssignmentMessage['reference']> {
  const bases = read.list(assign.bases, 'assign.bases', (id, field) => read.blobId(id, field));
  if (bases.length > MOST_BASES) {
    throw new ProtocolError(
      `assign.bases has ${bases.length} entries, ${MOST_BASES} are allowed: whoever is further behind takes the weights whole`,
    );
  }
  const codec = read.word(assign.deltaCodec, CODECS, 'assign.delta_codec');
  if (!isDeltaCodec(codec)) {
    throw new ProtocolError(`assign.delta_codec is ${codec}, which is none of ${DELTA_CODECS.join(', ')}`);
  }
  return { codec, bases };
}

function readWork(
  { gradient, local, own, evaluate, evaluateOwn, survey }: tributary.v1.Assign.$Properties,
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
  if (own) return readOwn(own, read);
  if (evaluateOwn) return readEvaluateOwn(evaluateOwn, read);
  if (survey) return { kind: 'survey' };
  if (evaluate) return { kind: 'evaluate', ...readRange(evaluate, 'assign.evaluate', read) };
  throw new ProtocolError('assign has no work, or of a kind that this version does not know');
}

function readOwn(own: tributary.v1.OwnWork.$Properties, read: FieldReader): OwnWork {
  const steps = read.count(own.steps, 'assign.own.steps');
  const personalEpochs = read.count(own.personalEpochs, 'assign.own.personal_epochs');
  const epochs = read.count(own.besideEpochs, 'assign.own.beside_epochs');
  const proximal = read.finite(own.besideProximal, 'assign.own.beside_proximal');
  return {
    kind: 'own',
    epochs: read.positive(own.epochs, 'assign.own.epochs'),
    batch: read.count(own.batch, 'assign.own.batch'),
    ...(steps > 0 && { steps }),
    ...(personalEpochs > 0 && { personalEpochs }),
    ...(epochs > 0 && { beside: { epochs, proximal } }),
    ...(own.keepsOptimizer && { keepsOptimizer: true }),
  };
}

function readEvaluateOwn(work: tributary.v1.EvaluateOwnWork.$Properties, read: FieldReader): EvaluateOwnWork {
  const epochs = read.count(work.fineTuneEpochs, 'assign.evaluate_own.fine_tune_epochs');
  const batch = read.count(work.batch, 'assign.evaluate_own.batch');
  return {
    kind: 'evaluate-own',
    ...(epochs > 0 && { fineTune: { epochs, batch } }),
    ...(work.beside && { beside: true }),
  };
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
