import type { Clock } from '../../../shared/protocol/clock.ts';
import { startWorker } from '../assets.ts';
import type { TimerMessage } from './worker.ts';

/** A clock whose timers go on at their pace while the page is hidden, so that its heartbeats are not late. */
export class PageClock implements Clock {
  private readonly worker: Worker;
  private readonly due = new Map<number, () => void>();
  private nextId = 1;

  constructor(assets: string) {
    this.worker = startWorker('clock', assets);
    this.worker.addEventListener('message', ({ data }: MessageEvent<number>) => {
      const run = this.due.get(data);
      this.due.delete(data);
      run?.();
    });
  }

  now(): number {
    return Date.now();
  }

  setTimeout(run: () => void, milliseconds: number): number {
    const id = this.nextId++;
    this.due.set(id, run);
    this.worker.postMessage({ id, milliseconds } satisfies TimerMessage);
    return id;
  }

  clearTimeout(timer: unknown): void {
    if (typeof timer !== 'number' || !this.due.delete(timer)) return;
    this.worker.postMessage({ id: timer } satisfies TimerMessage);
  }

  close(): void {
    this.worker.terminate();
    this.due.clear();
  }
}
