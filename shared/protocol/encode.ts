import type { Work } from './assignment.ts';
import { tributary } from './gen/wire.js';
import type { AssignmentMessage, Message } from './messages.ts';
import {
  CODECS,
  DONE_STATUSES,
  FINISHED_REASONS,
  FLOAT16,
  MAKES,
  MEASURES,
  numberOf,
  OWNERS,
  PHASES,
  REFUSALS,
  UPLOAD_STATUSES,
} from './words.ts';

type Envelope = tributary.v1.Envelope.$Properties;
type Assign = tributary.v1.Assign.$Properties;
type Offer = tributary.v1.Offer.$Properties;

/** One message as an encoded envelope. The bytes are fresh; a chunk's data is copied once. */
export function encodeMessage(message: Message): Uint8Array {
  return tributary.v1.Envelope.encode(toEnvelope(message)).finish();
}

function toEnvelope(message: Message): Envelope {
  switch (message.type) {
    case 'hello': {
      const { capabilities, ...rest } = message;
      const codecs = capabilities.codecs.map((codec) => numberOf(codec, CODECS));
      const float16 = capabilities.float16 && numberOf(capabilities.float16, FLOAT16);
      return { hello: { ...rest, capabilities: { ...capabilities, codecs, float16 } } };
    }
    case 'welcome':
      return { welcome: { ...message, blobs: { ...message.blobs } } };
    case 'refuse':
      return { refuse: { ...message, code: numberOf(message.code, REFUSALS) } };
    case 'assign':
      return { assign: toAssign(message) };
    case 'cancel':
      return { cancel: message };
    case 'failed':
      return { failed: message };
    case 'committed':
      return { committed: message };
    case 'finished':
      return {
        finished: {
          reason: numberOf(message.reason, FINISHED_REASONS),
          message: message.message,
          ...(message.weights && {
            weights: message.weights.id,
            codec: numberOf(message.weights.codec, CODECS),
          }),
        },
      };
    case 'leaving':
      return { leaving: message };
    case 'ready':
      return { ready: { ...message, assignments: [...message.assignments] } };
    case 'heartbeat':
      return { heartbeat: message };
    case 'heartbeat-ack':
      return { heartbeatAck: message };
    case 'want':
      return { want: message };
    case 'unavailable':
      return { unavailable: message };
    case 'offer':
      return { offer: toOffer(message) };
    case 'accept':
      return { accept: message };
    case 'chunk':
      return { chunk: message };
    case 'credit':
      return { credit: message };
    case 'done':
      return { done: { ...message, status: numberOf(message.status, DONE_STATUSES) } };
    case 'abort':
      return { abort: message };
    case 'acknowledge':
      return { acknowledge: { ...message, status: numberOf(message.status, UPLOAD_STATUSES) } };
  }
}

function toAssign(message: AssignmentMessage): Assign {
  return {
    id: message.id,
    incarnation: message.incarnation,
    version: message.version,
    round: message.round,
    ...toWork(message.work),
    deadline: message.deadline,
    proximal: message.terms.proximal ?? 0,
    corrections: (message.terms.corrections ?? []).map((correction) => ({
      ...correction,
      owner: numberOf(correction.owner, OWNERS),
    })),
    sections: message.sections.map(({ name, make, coefficient = 0 }) => ({
      name,
      make: numberOf(make, MAKES),
      coefficient,
    })),
    staysLocal: [...message.local],
    learningRate: message.learningRate,
    order: message.order,
    weights: message.weights,
    vectors: { ...message.vectors },
    codec: numberOf(message.codec, CODECS),
    uploadCredit: message.uploadCredit,
    measures: (message.measures ?? []).map((measure) => numberOf(measure, MEASURES)),
    choices: [...(message.choices ?? [])],
    ...(message.counted !== undefined && { counted: message.counted, kept: message.kept ?? '' }),
    ...(message.sectionCodec && { sectionCodec: numberOf(message.sectionCodec, CODECS) }),
    ...(message.encoding && {
      updateCodec: numberOf(message.encoding.codec, CODECS),
      updateShare: message.encoding.share ?? 0,
      errorFeedback: message.encoding.errorFeedback ?? false,
      updateSeed: message.encoding.seed ?? 0,
    }),
    ...(message.reference && {
      deltaCodec: numberOf(message.reference.codec, CODECS),
      bases: [...message.reference.bases],
    }),
  };
}

function toWork(
  work: Work,
): Pick<Assign, 'gradient' | 'local' | 'own' | 'evaluate' | 'evaluateOwn' | 'survey'> {
  switch (work.kind) {
    case 'gradient':
      return { gradient: { ...work, phase: work.phase ? numberOf(work.phase, PHASES) : 0 } };
    case 'local':
      return { local: work };
    case 'own':
      return {
        own: {
          ...work,
          besideEpochs: work.beside?.epochs ?? 0,
          besideProximal: work.beside?.proximal ?? 0,
        },
      };
    case 'evaluate':
      return { evaluate: work };
    case 'evaluate-own': {
      const { epochs = 0, batch = 0 } = work.fineTune ?? {};
      return { evaluateOwn: { fineTuneEpochs: epochs, batch, beside: work.beside ?? false } };
    }
    case 'survey':
      return { survey: {} };
  }
}

function toOffer({ transfer, size, content }: Extract<Message, { type: 'offer' }>): Offer {
  if (content.kind === 'blob') return { transfer, size, blob: content };
  const { header, sections, ...id } = content;
  return {
    transfer,
    size,
    update: {
      ...id,
      examples: header.examples,
      sums: { ...header.sums },
      steps: header.steps,
      computeMs: header.computeMs,
      sections: sections.map((section) => ({ ...section, codec: numberOf(section.codec, CODECS) })),
    },
  };
}
