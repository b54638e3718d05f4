import { addSection, encodeSection, isSayable } from '../../shared/parameters/codecs/section.ts';
import { type SectionParts, sectionParts } from '../../shared/parameters/codecs/section-parts.ts';
import type { Encoding, UpdateCodec } from '../../shared/parameters/codecs/update-codec.ts';
import { encode } from '../../shared/parameters/codecs.ts';
import type { Vector } from '../../shared/parameters/memory.ts';
import { SHARED } from './choose.ts';
import type { TrainerContext } from './context.ts';
import { keepControl } from './sections.ts';
import type { EncodedSection, WorkOrder } from './work-order.ts';

/**
 * The vectors of an update as they travel. Of a model that was chosen among several (IFCA) the delta has that model's name, and is
 * encoded as the other sections are.
 */
export function encodeUpdate(
  context: TrainerContext,
  order: WorkOrder,
  names: readonly string[],
): EncodedSection[] {
  const { layout, local, update } = context;
  const changes = new Set(order.sections.map((section) => section.name));
  const asked = order.encoding ?? { codec: order.codec };
  return names.map((name, index) => {
    const floats = update.length;
    if (name === SHARED) {
      const parts = sectionParts(layout, asked.codec, order.local);
      const residual = asked.errorFeedback ? local.residual(name) : undefined;
      return { name, floats, ...encodeWith(update, parts, asked, residual) };
    }
    const vector = changes.has(name) ? local.change(name) : update;
    // Not the noise that `parameters` are rounded with: a control variate's change is made of the same delta.
    const encoding = { codec: order.sectionCodec ?? order.codec, seed: (asked.seed ?? 0) + index };
    const parts = sectionParts(layout, encoding.codec, order.local);
    const encoded = encodeWith(vector, parts, encoding);
    if (changes.has(name)) {
      if (encoded.codec !== 'f32') arrive(vector, parts, encoded);
      keepControl(context, name, vector);
    }
    return { name, floats, ...encoded };
  });
}

/** Puts what was encoded in place of what was meant. */
function arrive(
  vector: Vector,
  parts: SectionParts,
  { codec, bytes }: { readonly codec: UpdateCodec; readonly bytes: Uint8Array },
): void {
  vector.memory.kernels.fill(vector, 0);
  const weights = { coded: 1, exact: 1, buffers: 1, trainable: vector.length };
  addSection(vector, parts, { codec, bytes: [bytes] }, weights);
}

/**
 * Error feedback (Seide et al. 2014; Stich et al. 2018; Karimireddy et al. 2019): what is sent is C(u + e), and e ← u + e − C(u + e)
 * stays, so that over rounds all of u arrives. When the update does not count, the work goes on from the e before it
 * (`Recollection`). `residual` is e, `vector` is u and is u + e afterwards.
 */
export function encodeWith(
  vector: Vector,
  parts: SectionParts,
  encoding: Encoding,
  residual?: Vector,
): { readonly codec: UpdateCodec; readonly bytes: Uint8Array } {
  // What is not finite travels as it is: the coordinator must see it, and nothing of it may stay.
  if (!isSayable(vector, encoding.codec)) return { codec: 'f32', bytes: encode(vector, 'f32') };
  if (!residual) return { codec: encoding.codec, bytes: encodeSection(vector, parts, encoding) };
  const { kernels } = vector.memory;
  kernels.add(vector, residual);
  const bytes = encodeSection(vector, parts, encoding);
  kernels.copy(residual, vector);
  const weights = { coded: -1, exact: -1, buffers: -1, trainable: vector.length };
  addSection(residual, parts, { codec: encoding.codec, bytes: [bytes] }, weights);
  return { codec: encoding.codec, bytes };
}
