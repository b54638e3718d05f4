import { DOMAIN, type Domain, philox4x32, philoxKey } from './philox.ts';

/** A stream of uniform numbers whose state fits in a checkpoint. */
export interface Random {
  /** A uniform number in [0, 1) with 53 bits. */
  next(): number;
  /** A text from which `createRandom` goes on with the next number. */
  state(): string;
}

const STATE = /^philox4x32-10:(\d+):(\d+)$/;

/**
 * A seeded stream, or one that goes on from where a state was taken. Counter-based: the state is the seed and how many
 * numbers were drawn.
 *
 * @param from a seed (a whole number in [0, 2^53)), or the text of `state()`.
 * @param domain who draws: streams of one seed in two domains share nothing. A state does not say it.
 * @throws RangeError for anything else.
 */
export function createRandom(from: number | string, domain: Domain = DOMAIN.stream): Random {
  let seed: number;
  let drawn = 0;
  if (typeof from === 'string') {
    const match = STATE.exec(from);
    if (!match) throw new RangeError(`Not the state of a random generator: ${JSON.stringify(from)}.`);
    seed = Number(match[1]);
    drawn = Number(match[2]);
    if (!Number.isSafeInteger(drawn)) throw new RangeError(`The random generator is exhausted: ${from}.`);
  } else {
    seed = from;
  }
  const key = philoxKey(seed, domain);
  const block = new Uint32Array(4);
  let loaded = -1;
  return {
    next() {
      const at = (drawn % 2) * 2;
      const index = (drawn - at / 2) / 2;
      if (index !== loaded) {
        philox4x32(block, key, [index >>> 0, Math.floor(index / 2 ** 32), 0, 0]);
        loaded = index;
      }
      drawn += 1;
      return ((block[at]! >>> 5) * 2 ** 26 + (block[at + 1]! >>> 6)) / 2 ** 53;
    },
    state: () => `philox4x32-10:${seed}:${drawn}`,
  };
}

/**
 * The order in which an epoch reads `count` rows: each of 0 … count−1 once (Fisher–Yates, without modulo bias). The
 * same everywhere for the same arguments.
 */
export function permutation(seed: number, epoch: number, count: number): Uint32Array {
  const key = philoxKey(seed, DOMAIN.permutation);
  const block = new Uint32Array(4);
  let drawn = 0;
  const word = (): number => {
    if (drawn % 4 === 0) philox4x32(block, key, [drawn / 4, 0, epoch >>> 0, 0]);
    const value = block[drawn % 4]!;
    drawn += 1;
    return value;
  };
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  for (let i = count - 1; i > 0; i--) {
    const range = i + 1;
    // Words at or above the greatest multiple of the range would favour small results: draw again.
    const limit = 2 ** 32 - (2 ** 32 % range);
    let value = word();
    while (value >= limit) value = word();
    const j = value % range;
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
