import type { CloseReason } from '../shared/protocol/channel.ts';

/** The other end went, or its connection did. */
const LEFT: ReadonlySet<CloseReason['code']> = new Set(['ok', 'lost', 'silent']);
/** Strangers that are named one by one; then there is one line for so many. */
const NAMED = 20;
const COUNTED = 100;

/** What to say of connections that ended before anybody joined: bounded, as a stranger may knock without end. */
export class Strangers {
  private count = 0;

  /**
   * @param closed why its connection ended: by its own doing, where nobody turned it away
   * @returns a line for the log, when it is worth one
   */
  ended(remote: string, { code, message }: CloseReason): string | undefined {
    this.count += 1;
    const what = LEFT.has(code) ? 'left before it had joined' : 'was turned away';
    if (this.count <= NAMED) return `${remote} ${what}: ${message}`;
    return this.count % COUNTED === 0
      ? `${remote} ${what} (${this.count} so far came to nothing): ${message}`
      : undefined;
  }
}
