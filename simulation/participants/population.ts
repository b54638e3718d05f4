import type { Timer } from '../../shared/protocol/clock.ts';
import { Participant, type World } from './participant.ts';

/** A connection that fell silent is noticed after three heartbeats of two seconds, as on a real network. */
const NOTICED_MS = 6_000;
/** Who gave up is back after so long, if it is available. */
const BACK_MS = 60_000;

/** All participants: who is there when. */
export class Population {
  private readonly participants: readonly Participant[];
  private readonly timers: Timer[] = [];
  private closed = false;
  /** Work given up so far. */
  dropouts = 0;

  /** @param startMs the instant of the clock that is time 0 of the profiles: Monday, 0:00 */
  constructor(
    private readonly world: World,
    private readonly startMs: number,
  ) {
    this.participants = Array.from(
      { length: world.shares.count },
      (_, client) => new Participant(client, world),
    );
  }

  get size(): number {
    return this.participants.length;
  }

  /** Those come at once that are available now. */
  start(): void {
    const { shares } = this.world;
    for (const { client } of this.participants) if (shares.hasRows(client)) this.await(client, this.now());
  }

  /** Falls silent, is taken for lost, and comes back later. */
  gaveUp(client: number): void {
    this.dropouts += 1;
    const { clock } = this.world;
    clock.clearTimeout(this.timers[client]);
    this.timers[client] = clock.setTimeout(() => {
      this.participants[client]!.leave();
      this.await(client, this.now() + BACK_MS);
    }, NOTICED_MS);
  }

  close(): void {
    this.closed = true;
    for (const participant of this.participants) participant.leave();
    for (const timer of this.timers) this.world.clock.clearTimeout(timer);
  }

  private now(): number {
    return this.world.clock.now() - this.startMs;
  }

  /** Comes when it is available, from this time on. */
  private await(client: number, fromMs: number): void {
    if (this.closed) return;
    const at = this.world.profiles.availableFrom(client, fromMs);
    if (at <= this.now()) this.join(client);
    else this.ring(client, at, () => this.join(client));
  }

  private join(client: number): void {
    this.participants[client]!.join();
    const until = this.world.profiles.availableUntil(client, this.now());
    this.ring(client, until, () => {
      this.participants[client]!.leave();
      this.await(client, this.now());
    });
  }

  private ring(client: number, at: number, run: () => void): void {
    if (at === Number.POSITIVE_INFINITY) return;
    // A whole millisecond beyond: rounded to just before it, the moment would come again and again.
    this.timers[client] = this.world.clock.setTimeout(run, Math.ceil(at) + 1 - this.now());
  }
}
