type Handler = (...values: never[]) => void;

/** A typed event emitter without dependencies. Handlers run synchronously, in the order in which they were added. */
export class Emitter<E extends { [K in keyof E]: readonly unknown[] }> {
  readonly #handlers = new Map<keyof E, Set<Handler>>();

  /** Adds a handler; the function returned takes it away again. */
  on<K extends keyof E>(event: K, handler: (...values: E[K]) => void): () => void {
    let handlers = this.#handlers.get(event);
    if (handlers === undefined) {
      handlers = new Set();
      this.#handlers.set(event, handlers);
    }
    handlers.add(handler as unknown as Handler);
    return () => {
      handlers.delete(handler as unknown as Handler);
    };
  }

  /** Adds a handler for the next time only. */
  once<K extends keyof E>(event: K, handler: (...values: E[K]) => void): () => void {
    const off = this.on(event, (...values) => {
      off();
      handler(...values);
    });
    return off;
  }

  /** Calls the event's handlers; returns whether there was one. */
  protected emit<K extends keyof E>(event: K, ...values: E[K]): boolean {
    const handlers = this.#handlers.get(event);
    if (handlers === undefined || handlers.size === 0) return false;
    for (const handler of [...handlers]) (handler as unknown as (...values: E[K]) => void)(...values);
    return true;
  }
}
