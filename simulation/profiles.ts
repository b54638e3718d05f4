import type { ProfileJob } from '../shared/job/profile-schema.ts';
import { DOMAIN, philox4x32, philoxKey } from '../shared/parameters/philox.ts';

/** What a virtual client is like for the whole run. */
export interface ClientTraits {
  readonly examplesPerSecond: number;
  /** Infinity: unlimited. */
  readonly downBytesPerMs: number;
  readonly upBytesPerMs: number;
  readonly latencyMs: number;
  /** Hours that its clock is ahead. */
  readonly zoneHours: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Slots that are looked through for one in which a client comes or goes. */
const HORIZON = 100_000;
/** A megabit a second in bytes a millisecond. */
const MEGABIT = 125;

/** What a number is drawn for: no two share one. */
const PLACE = { traits: 0, more: 1, slot: 2, work: 3 } as const;

/**
 * Virtual clients as pure functions of (seed, client, time): nothing is kept for a client, so that ten thousand cost
 * nothing, and the order of questions does not matter. Time is in virtual milliseconds; 0 is Monday, 0:00. Work of a
 * client is numbered (by round, say), below 2^32.
 */
export class Profiles {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);

  /** @param seed a whole number in [0, 2^53) */
  constructor(
    private readonly job: ProfileJob,
    seed: number,
  ) {
    this.#key = philoxKey(seed, DOMAIN.profile);
  }

  of(client: number): ClientTraits {
    const { speed, network, availability } = this.job;
    const [slow, fast, near, far] = this.uniforms(client, PLACE.traits);
    const [east, west, first, second] = this.uniforms(client, PLACE.more);
    const link = Math.exp(network.spread * normal(near, far));
    const rate = (mbps: number | undefined) =>
      mbps === undefined ? Number.POSITIVE_INFINITY : mbps * MEGABIT * link;
    return {
      examplesPerSecond: speed.examplesPerSecond * Math.exp(speed.spread * normal(slow, fast)),
      downBytesPerMs: rate(network.downMbps),
      upBytesPerMs: rate(network.upMbps),
      latencyMs: network.latencyMs * Math.exp(network.spread * normal(first, second)),
      zoneHours: availability.zones * normal(east, west),
    };
  }

  /** Milliseconds that a piece of work takes. */
  computeMs(client: number, work: number, examples: number): number {
    const [first, second] = this.uniforms(client, PLACE.work, work);
    const jitter = Math.exp(this.job.speed.jitter * normal(first, second));
    return ((1000 * examples) / this.of(client).examplesPerSecond) * jitter;
  }

  /** Which share of a piece of work is done when the client gives it up; undefined: it does not. */
  givesUpAfter(client: number, work: number): number | undefined {
    const [, , chance, share] = this.uniforms(client, PLACE.work, work);
    return chance < this.job.dropout ? share : undefined;
  }

  downloadMs(client: number, bytes: number): number {
    const { latencyMs, downBytesPerMs } = this.of(client);
    return latencyMs + bytes / downBytesPerMs;
  }

  uploadMs(client: number, bytes: number): number {
    const { latencyMs, upBytesPerMs } = this.of(client);
    return latencyMs + bytes / upBytesPerMs;
  }

  available(client: number, atMs: number): boolean {
    return this.inSlot(client, this.slotOf(client, atMs));
  }

  /** The first moment from then on at which the client is there; Infinity when there is none for 100,000 slots. */
  availableFrom(client: number, atMs: number): number {
    return this.change(client, atMs, true);
  }

  /** The first moment from then on at which it is not there; Infinity when there is none for 100,000 slots. */
  availableUntil(client: number, atMs: number): number {
    return this.change(client, atMs, false);
  }

  private change(client: number, atMs: number, wanted: boolean): number {
    const { share, swing, weekend } = this.job.availability;
    if (share >= 1 && swing === 0 && weekend >= 1) return wanted ? atMs : Number.POSITIVE_INFINITY;
    const first = this.slotOf(client, atMs);
    for (let slot = first; slot < first + HORIZON; slot++) {
      if (this.inSlot(client, slot) === wanted) return slot === first ? atMs : this.startOf(client, slot);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Slots of clients begin at different moments, lest all come and go at once. */
  private slotOf(client: number, atMs: number): number {
    const slot = Math.floor(atMs / this.slotMs + this.phase(client));
    // A slot's start is rounded: it belongs to its slot all the same.
    return this.startOf(client, slot + 1) <= atMs ? slot + 1 : slot;
  }

  private startOf(client: number, slot: number): number {
    return (slot - this.phase(client)) * this.slotMs;
  }

  private get slotMs(): number {
    return this.job.availability.minutes * 60_000;
  }

  private phase(client: number): number {
    return this.uniforms(client, PLACE.slot, 0xffff_ffff)[0];
  }

  private inSlot(client: number, slot: number): boolean {
    const { share, swing, peak, weekend } = this.job.availability;
    const localMs = this.startOf(client, slot) + this.slotMs / 2 + this.of(client).zoneHours * HOUR_MS;
    const hour = (localMs % DAY_MS) / HOUR_MS;
    const day = Math.floor(localMs / DAY_MS);
    const isWeekend = ((day % 7) + 7) % 7 >= 5;
    const wave = 1 + swing * Math.cos((2 * Math.PI * (hour - peak)) / 24);
    return this.uniforms(client, PLACE.slot, slot)[1] < share * wave * (isWeekend ? weekend : 1);
  }

  /** Four uniform numbers in (0, 1). */
  private uniforms(client: number, place: number, index = 0): readonly [number, number, number, number] {
    const out = this.#block;
    philox4x32(out, this.#key, [index >>> 0, client >>> 0, place, 0]);
    const uniform = (word: number) => (word + 0.5) / 2 ** 32;
    return [uniform(out[0]!), uniform(out[1]!), uniform(out[2]!), uniform(out[3]!)];
  }
}

/** A standard normal number of two uniform ones (G. Box and M. Muller 1958). */
function normal(u: number, v: number): number {
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
