import { setImmediate as turn } from 'node:timers/promises';

/** A terminal, or what stands in for one. */
export interface Typed extends NodeJS.ReadableStream {
  setRawMode?(mode: boolean): unknown;
}

/**
 * Throws away what was typed so far, a line without its end among it: keys that are pressed before a question is there do not answer it.
 * Leaves a terminal in raw mode, as whoever asks next needs it.
 *
 * @returns whether there was something
 */
export async function discardTyped(input: Typed): Promise<boolean> {
  // In its other mode a terminal gives whole lines only, and would keep the rest for the question.
  input.setRawMode?.(true);
  let found = false;
  let more = true;
  const typed = (): void => {
    found = true;
    more = true;
  };
  input.on('data', typed);
  input.resume();
  // A turn of the event loop reads what is there: after one that brought nothing, nothing is left.
  while (more) {
    more = false;
    await turn();
    await turn();
  }
  input.pause();
  input.off('data', typed);
  return found;
}
