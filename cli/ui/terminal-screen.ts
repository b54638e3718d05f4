import { type Paint, paintFor } from './paint.ts';
import { progressFacts, renderRun } from './render-run.ts';
import type { RunView } from './view.ts';

/** What a screen needs of `process.stdout`. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Everything between the two is shown at once, in terminals that know it (DEC mode 2026); others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/** Redraws are at least this far apart. */
const FRAME_MS = 80;
/** Plain progress lines are at least this far apart, unless something happened. */
const LINE_MS = 5_000;

export interface ScreenOptions {
  readonly output?: Output;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds, ever growing. */
  readonly now?: () => number;
}

/**
 * Shows a run as it goes: redrawn in place on a terminal, as plain lines elsewhere. `update` may be called as often as
 * one likes.
 */
export class TerminalScreen {
  readonly live: boolean;
  private readonly output: Output;
  private readonly paint: Paint;
  private readonly now: () => number;
  private drawn = 0;
  private last = Number.NEGATIVE_INFINITY;
  private pending: RunView | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private readonly restore = (): void => {
    this.output.write(SHOW_CURSOR);
  };

  constructor(options: ScreenOptions = {}) {
    const env = options.env ?? process.env;
    this.output = options.output ?? process.stdout;
    this.now = options.now ?? (() => performance.now());
    this.paint = paintFor(this.output, env);
    this.live = this.output.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'];
    if (this.live) {
      this.output.write(HIDE_CURSOR);
      process.once('exit', this.restore);
    }
  }

  get width(): number {
    return this.output.columns ?? 80;
  }

  /**
   * @param event something worth a line of its own where lines are plain: an epoch or an evaluation ended; '' when the view says it
   */
  update(view: RunView, event?: string): void {
    if (this.ended) return;
    if (!this.live) {
      this.line(view, event);
      return;
    }
    this.pending = view;
    if (this.timer) return;
    const wait = Math.max(0, this.last + FRAME_MS - this.now());
    if (wait === 0) this.draw();
    else {
      this.timer = setTimeout(() => this.draw(), wait);
      this.timer.unref();
    }
  }

  /** Prints text that stays, above what is redrawn. */
  print(text: string): void {
    if (!this.live || this.ended) {
      this.output.write(`${text}\n`);
      return;
    }
    const kept = this.drawn;
    this.output.write(`${BEGIN_FRAME}${up(kept)}\u001b[J${text}\n`);
    this.drawn = 0;
    if (this.pending) this.draw();
    this.output.write(END_FRAME);
  }

  /** Draws the last state and gives the cursor back. The screen stays as it is. */
  end(): void {
    if (this.ended) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.live) {
      if (this.pending) this.draw();
      this.restore();
      process.removeListener('exit', this.restore);
    }
    this.ended = true;
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const view = this.pending;
    if (!view) return;
    this.last = this.now();
    // A frame taller than the terminal cannot be overwritten: its top has scrolled away.
    const most = Math.max(1, (this.output.rows ?? 24) - 1);
    const lines = renderRun(view, this.width, this.paint).slice(-most);
    // Each line is overwritten, then what is left of the old one is erased: clearing first would flicker.
    const text = lines.map((line) => `${line}\u001b[K\n`).join('');
    this.output.write(`${BEGIN_FRAME}${up(this.drawn)}${text}\u001b[J${END_FRAME}`);
    this.drawn = lines.length;
  }

  private line(view: RunView, event: string | undefined): void {
    const now = this.now();
    if (event === undefined && now - this.last < LINE_MS) return;
    this.last = now;
    // It has a line of its own when it changes.
    const waiting = view.waiting && !event ? [`waiting: ${view.waiting}`] : [];
    const facts = [...(event ? [event] : []), ...progressFacts(view.progress), ...waiting];
    this.output.write(`${facts.join(' · ')}\n`);
  }
}

function up(lines: number): string {
  return lines > 0 ? `\r\u001b[${lines}A` : '\r';
}
