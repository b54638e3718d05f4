import { tributary } from '../../shared/protocol/gen/wire.js';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';

const { Envelope } = tributary.v1;

/** Draws: a number in [0, 1), and whole numbers below a bound. */
export interface Draw {
  (): number;
  below(bound: number): number;
}

/** A small generator for tests (mulberry32, T. Ettinger): a failing seed replays. */
export function drawing(seed: number): Draw {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(draw, { below: (bound: number) => Math.floor(draw() * bound) });
}

type Mutation = (message: Uint8Array, draw: Draw, recorded: readonly Uint8Array[]) => Uint8Array;

const ODD_NUMBERS = [
  0,
  1,
  2,
  15,
  16,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 40,
  2 ** 53 - 1,
  -1,
  Number.NaN,
];
const ODD_TEXTS = ['', 'x', '0', '1-0-0', '../../etc/passwd', '__proto__', 'a'.repeat(5000), '\u0000', '💥'];

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'as recorded': (message) => message,
  'flipped bits': (message, draw) => {
    const bytes = message.slice();
    for (let count = 1 + draw.below(8); count > 0 && bytes.length > 0; count--) {
      bytes[draw.below(bytes.length)]! ^= 1 << draw.below(8);
    }
    return bytes;
  },
  'cut off': (message, draw) => message.slice(0, draw.below(message.length + 1)),
  'with bytes put in': (message, draw) => {
    const at = draw.below(message.length + 1);
    const extra = noise(1 + draw.below(32), draw);
    return Uint8Array.from([...message.subarray(0, at), ...extra, ...message.subarray(at)]);
  },
  'two in one': (message, draw, recorded) =>
    Uint8Array.from([...message, ...recorded[draw.below(recorded.length)]!]),
  noise: (_, draw) => noise(draw.below(200), draw),
  'other ids and numbers': (message, draw) => {
    const envelope = Envelope.decode(message);
    for (let count = 1 + draw.below(3); count > 0; count--) {
      changeOne(envelope as unknown as Record<string, unknown>, draw);
    }
    return Envelope.encode(envelope).finish();
  },
};

/** A message that is longer than any may be. */
export function oversize(draw: Draw): Uint8Array {
  const data = noise(DEFAULT_LIMITS.envelopeBytes + 1, draw);
  return Envelope.encode({ chunk: { transfer: 1, offset: 0, crc32: 0, data } }).finish();
}

function noise(length: number, draw: Draw): Uint8Array {
  return Uint8Array.from({ length }, () => draw.below(256));
}

/** Puts an odd value into one field, however deep. */
function changeOne(fields: Record<string, unknown>, draw: Draw): void {
  const places = leaves(fields);
  const place = places[draw.below(places.length)];
  if (!place) return;
  const [owner, key] = place;
  owner[key] =
    typeof owner[key] === 'string'
      ? ODD_TEXTS[draw.below(ODD_TEXTS.length)]
      : ODD_NUMBERS[draw.below(ODD_NUMBERS.length)];
}

function leaves(value: Record<string, unknown>): [Record<string, unknown>, string][] {
  return Object.entries(value).flatMap(([key, field]) => {
    if (typeof field === 'string' || typeof field === 'number')
      return [[value, key] as [typeof value, string]];
    if (typeof field !== 'object' || field === null || field instanceof Uint8Array) return [];
    return leaves(field as Record<string, unknown>);
  });
}
