import { isDense } from '../parameters/codecs/dense.ts';
import { encodedSize } from '../parameters/codecs.ts';
import { ProtocolError } from './errors.ts';
import type { tributary } from './gen/wire.js';
import type { Message, PayloadSection, UpdateContent } from './messages.ts';
import type { FieldReader } from './validate.ts';
import { CODECS } from './words.ts';

/** Of one float in any encoding: its position and its value; and as many for a seed. */
const MOST_BYTES = 8;

/** @throws ProtocolError when a field is not what it must be, or sizes do not add up */
export function readOffer(offer: tributary.v1.Offer.$Properties, read: FieldReader): Message {
  const transfer = read.count(offer.transfer, 'offer.transfer');
  const size = read.count(offer.size, 'offer.size');
  if (offer.blob) {
    const id = read.blobId(offer.blob.id, 'offer.blob.id');
    const offset = read.count(offer.blob.offset, 'offer.blob.offset', size);
    return { type: 'offer', transfer, size, content: { kind: 'blob', id, offset } };
  }
  if (offer.update) return { type: 'offer', transfer, size, content: readUpdate(offer.update, size, read) };
  throw new ProtocolError('an offer has no content, or of a kind that this version does not know');
}

function readUpdate(
  update: tributary.v1.UpdateContent.$Properties,
  size: number,
  read: FieldReader,
): UpdateContent {
  const sections = read.list(update.sections, 'offer.update.sections', (section, field): PayloadSection => {
    const codec = read.word(section.codec, CODECS, `${field}.codec`);
    const floats = read.count(section.floats, `${field}.floats`);
    const bytes = read.count(section.bytes, `${field}.bytes`);
    // How many bytes the other encodings take depends on the layout, which the coordinator compares them with.
    const possible = isDense(codec)
      ? bytes === encodedSize(floats, codec)
      : bytes <= MOST_BYTES * (floats + 1);
    if (!possible)
      throw new ProtocolError(`${field}: ${floats} floats as ${codec} do not take ${bytes} bytes`);
    return { name: read.name(section.name, `${field}.name`), codec, floats, bytes };
  });
  const names = sections.map((section) => section.name);
  if (new Set(names).size !== names.length) {
    throw new ProtocolError(`offer.update.sections repeats a name: ${names.join(', ')}`);
  }
  const total = sections.reduce((sum, section) => sum + section.bytes, 0);
  if (total !== size) {
    throw new ProtocolError(`offer.update.sections take ${total} bytes, the offer says ${size}`);
  }
  return {
    kind: 'update',
    run: read.id(update.run, 'offer.update.run'),
    incarnation: read.count(update.incarnation, 'offer.update.incarnation'),
    assignment: read.id(update.assignment, 'offer.update.assignment'),
    nonce: read.count(update.nonce, 'offer.update.nonce'),
    credit: read.count(update.credit, 'offer.update.credit'),
    header: {
      examples: read.count(update.examples, 'offer.update.examples'),
      // NaN is an answer here, and no broken message: training has diverged, and the coordinator must hear of it.
      sums: read.map(update.sums, 'offer.update.sums', (sum) => sum),
      steps: read.count(update.steps, 'offer.update.steps'),
      computeMs: read.finite(update.computeMs, 'offer.update.compute_ms'),
      sections: names,
    },
    sections,
  };
}
