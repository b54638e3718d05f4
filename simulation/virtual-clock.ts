import type { Clock, Timer } from '../shared/protocol/clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Time that moves only when told to. Timers due at the same instant run in the order in which they were set, and all
 * promise work that a timer sets off is done before the next one runs: a run is reproducible.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #heap: Entry[] = [];
  readonly #live = new Set<Entry>();
  readonly #held = new Set<Promise<unknown>>();

  /** @param start Milliseconds since the epoch. */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, milliseconds: number): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, run };
    this.#live.add(entry);
    push(this.#heap, entry);
    return entry;
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#live.delete(timer as Entry);
  }

  /**
   * Time stands still until this is settled: real work, on a disk or an engine, that takes no virtual time. Whoever asked for the work
   * handles its failure.
   */
  hold(work: Promise<unknown>): void {
    this.#held.add(work);
    const release = (): void => void this.#held.delete(work);
    work.then(release, release);
  }

  /** Timers that are still to run. */
  get pending(): number {
    return this.#live.size;
  }

  /** When the next timer runs; undefined when there is none. */
  next(): number | undefined {
    while (this.#heap[0] !== undefined && !this.#live.has(this.#heap[0])) pop(this.#heap);
    return this.#heap[0]?.at;
  }

  /** Runs the next timer, without waiting for promises; for code that has none. Returns whether there was one. */
  step(): boolean {
    if (this.next() === undefined) return false;
    const entry = pop(this.#heap)!;
    this.#live.delete(entry);
    this.#now = Math.max(this.#now, entry.at);
    entry.run();
    return true;
  }

  /** Moves time on by so many milliseconds and runs what falls due, promise work included. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.#settle();
    for (let at = this.next(); at !== undefined && at <= end; at = this.next()) {
      this.step();
      await this.#settle();
    }
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Runs timers until the condition holds.
   *
   * @param limit Virtual milliseconds after which it gives up.
   * @throws Error when the limit is reached, or when nothing is left to wait for: a deadlock.
   */
  async runUntil(condition: () => boolean, limit = 3_600_000): Promise<void> {
    const end = this.#now + limit;
    await this.#settle();
    while (!condition()) {
      const at = this.next();
      if (at === undefined)
        throw new Error(`deadlock: no timer is left at ${this.#now} ms, and the condition does not hold`);
      if (at > end) throw new Error(`the condition does not hold after ${limit} virtual ms`);
      this.step();
      await this.#settle();
    }
  }

  /** All promise work that is ready has run, and so has what time is held for. */
  async #settle(): Promise<void> {
    await turn();
    while (this.#held.size > 0) {
      await Promise.allSettled(this.#held);
      await turn();
    }
  }
}

/** Lets all promise work that is ready run: the microtask queue is empty when an immediate runs. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(entry, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return top;
}
