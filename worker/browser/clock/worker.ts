import { workerScope } from '../assets.ts';

/** Timers in a worker: a page's own are slowed down to one a second, or a minute, while it is hidden. */

/** To set: how long; without: to clear. */
export interface TimerMessage {
  readonly id: number;
  readonly milliseconds?: number;
}

const timers = new Map<number, ReturnType<typeof setTimeout>>();

workerScope.onmessage = ({ data }) => {
  const { id, milliseconds } = data as TimerMessage;
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (milliseconds === undefined) return;
  timers.set(
    id,
    setTimeout(() => {
      timers.delete(id);
      workerScope.postMessage(id);
    }, milliseconds),
  );
};
