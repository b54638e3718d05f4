const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What of the process this needs. */
export type Signalled = Pick<NodeJS.Process, 'pid' | 'kill' | 'on' | 'off' | 'listeners'>;

/** They end the process, and so leave it to nobody else to. */
const ending = new WeakSet<object>();

/**
 * A signal that is about to end this process undoes something first. Where others listen for the signal, they say what becomes of the
 * process, and nothing is undone.
 *
 * @returns takes it back: there is nothing to undo any more
 */
export function onEndingSignal(undo: () => void, process: Signalled = globalThis.process): () => void {
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    if (process.listeners(signal).some((listener) => !ending.has(listener))) return;
    release();
    undo();
    // The last one ends it, as if nobody had listened: whoever started this process reads from its end which signal it was.
    if (process.listeners(signal).length === 0) process.kill(process.pid, signal);
  };
  ending.add(end);
  for (const signal of SIGNALS) process.on(signal, end);
  return release;
}
