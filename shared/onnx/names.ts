/** Names that are taken, and new ones derived from a hint: `relu`, `relu_1`, `relu_2`, … */
export class NameScope {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  take(name: string): void {
    this.#taken.add(name);
  }

  /** A name nothing has yet, without taking it. */
  free(hint: string): string {
    if (!this.#taken.has(hint)) return hint;
    let count = this.#next.get(hint) ?? 1;
    while (this.#taken.has(`${hint}_${count}`)) count++;
    this.#next.set(hint, count);
    return `${hint}_${count}`;
  }

  unique(hint: string): string {
    const name = this.free(hint);
    this.#taken.add(name);
    return name;
  }
}
