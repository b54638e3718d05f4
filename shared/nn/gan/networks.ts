import type { Model } from '../../onnx/model.ts';
import type { ParameterLayout } from '../../parameters/layout.ts';
import { FEATURES, NORMALIZED } from '../specs.ts';

/**
 * Two networks in one graph (Goodfellow et al. 2014, "Generative adversarial nets"): inputs `features` and `latent` [batch,
 * size]; outputs `image`, what the generator makes of a latent, in the units of the features, and `score` [batch, 1], what the
 * discriminator says of the features. A judge, when there is one, is a third network of constants: `judgement` [batch, n].
 */
export const LATENT = 'latent';
export const IMAGE = 'image';
export const SCORE = 'score';
export const JUDGEMENT = 'judgement';
/** The generator's output as the discriminator sees images: normalised. */
export const GENERATED = 'generated';

/** Whose turn it is; an assignment's `phase` on the wire. */
export type Phase = 'discriminator' | 'generator';

export const PHASES: readonly Phase[] = ['discriminator', 'generator'];

export function isGan({ graph }: Model): boolean {
  return graph.inputs.some(({ name }) => name === LATENT) && graph.outputs.some(({ name }) => name === SCORE);
}

/** Shape of one latent, without the batch. */
export function latentSize({ graph }: Model): number {
  const dims = graph.inputs.find(({ name }) => name === LATENT)?.dims;
  const size = dims?.[1];
  if (dims?.length !== 2 || typeof size !== 'number') {
    throw new Error(`The model ${graph.name} has no input ${LATENT} [batch, size].`);
  }
  return size;
}

/** The value that the discriminator begins with. */
export function seenBy({ graph }: Model): string {
  return graph.nodes.some(({ outputs }) => outputs.includes(NORMALIZED)) ? NORMALIZED : FEATURES;
}

/** The part of a layout that a phase trains: one stretch of the trainable section, as a layout of its own. */
export interface LayoutPart {
  readonly start: number;
  readonly end: number;
  /** Entries of the trainable section, offsets from `start`. */
  readonly layout: ParameterLayout;
  /** The whole layout with this network's entries only: for its batch statistics. */
  readonly own: ParameterLayout;
}

/** @throws Error when the network's weights do not lie side by side */
export function partOf(layout: ParameterLayout, phase: Phase): LayoutPart {
  const own = layout.entries.filter(({ name }) => belongsTo(name, phase));
  const trained = own.filter(({ section }) => section === 'trainable');
  const start = trained[0]?.offset ?? 0;
  const end = Math.max(start, ...trained.map(({ offset, length }) => offset + ((length + 3) & ~3)));
  const inside = layout.entries.filter(({ offset }) => offset >= start && offset < end);
  if (inside.length !== trained.length)
    throw new Error(`the weights of the ${phase} are not next to each other`);
  const entries = trained.map((entry) => ({ ...entry, offset: entry.offset - start }));
  const length = end - start;
  return {
    start,
    end,
    layout: { entries, trainable: length, buffers: 0, length },
    own: { ...layout, entries: own },
  };
}

/** Whether a weight is the phase's own. */
export function belongsTo(name: string, phase: Phase): boolean {
  return name.startsWith(`${phase}.`);
}
