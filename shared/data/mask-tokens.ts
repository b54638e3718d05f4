import { fillNoise } from '../parameters/noise.ts';

/** Where the noise of masks is drawn: no layer of a model has this place. */
const MASK_PLACE = 2 ** 32 - 1;
/** Uniform numbers that decide about a token: whether it is chosen, what becomes of it, and which token takes its place. */
const DRAWS = 3;

/** What is hidden, and what with. */
export interface Masking {
  /** Share of the tokens that are chosen, (0, 1]. */
  readonly share: number;
  /** Id of the mask. */
  readonly token: number;
  /** Ids from 0 up to this. */
  readonly vocabulary: number;
}

/**
 * Hides tokens as BERT does (Devlin et al. 2019): of those chosen 80 % become the mask, 10 % any token, 10 % stay as they
 * are. Which depends on the seed, the epoch, the example and the place in it only, so any split over members sees the same.
 *
 * @param features [rows, length] token ids, changed in place
 * @param target [rows, length]: becomes the id that was there where a token was chosen, else -1, which is no class and not counted
 * @param key.examples number of each row in the data set
 */
export function maskTokens(
  features: Int32Array | Float32Array,
  target: Int32Array | Float32Array,
  { share, token, vocabulary }: Masking,
  key: { readonly seed: number; readonly epoch: number; readonly examples: ArrayLike<number> },
): void {
  const noise = new Float32Array(features.length * DRAWS);
  fillNoise(noise, { ...key, place: MASK_PLACE });
  for (let place = 0; place < features.length; place++) {
    const at = place * DRAWS;
    if (noise[at]! >= share) {
      target[place] = -1;
      continue;
    }
    target[place] = features[place]!;
    const fate = noise[at + 1]!;
    if (fate < 0.8) features[place] = token;
    else if (fate < 0.9) features[place] = Math.floor(noise[at + 2]! * vocabulary);
  }
}
