/** Strangers that are named one by one; then there is one line for so many. */
const NAMED = 20;
const COUNTED = 100;

/** What to say of connections that ended before anybody joined: bounded, as a stranger may knock without end. */
export class Strangers {
  private count = 0;

  /** @returns a line for the log, when it is worth one */
  turnedAway(remote: string, reason: string): string | undefined {
    this.count += 1;
    if (this.count <= NAMED) return `${remote} was turned away: ${reason}`;
    return this.count % COUNTED === 0
      ? `${remote} was turned away (${this.count} so far): ${reason}`
      : undefined;
  }
}
