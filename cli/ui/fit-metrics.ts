import { metric } from './numbers.ts';
import { widthOf } from './paint.ts';

/** Width of what is not a terminal: nobody knows where it will be read. */
const PLAIN_WIDTH = 100;

export function outputWidth(): number {
  return process.stdout.columns ?? PLAIN_WIDTH;
}

/** Names of metrics, those first that people look for first: accuracy, the loss, then the others as they come. */
export function ranked(names: readonly string[]): string[] {
  const rank = (name: string) =>
    /(^|\.)(accuracy|label-error-rate)$/.test(name) ? 0 : name === 'loss' ? 1 : 2;
  return [...names].sort((a, b) => rank(a) - rank(b));
}

/** `accuracy 91.36 %, loss 0.29, … 5 more`: as many as fit, and the first in any case, at least as `accuracy 91.36 %, …`. */
export function metricsWithin(metrics: Readonly<Record<string, number>>, width: number): string {
  const parts = ranked(Object.keys(metrics)).map((name) => `${name} ${metric(name, metrics[name]!)}`);
  for (let shown = parts.length; shown > 1; shown--) {
    const text = shortened(parts, shown);
    if (widthOf(text) <= width) return text;
  }
  const first = shortened(parts, 1);
  const bare = `${parts[0]}, …`;
  return parts.length > 1 && widthOf(first) > width && widthOf(bare) <= width ? bare : first;
}

function shortened(parts: readonly string[], shown: number): string {
  const hidden = parts.length - shown;
  return [...parts.slice(0, shown), ...(hidden > 0 ? [`… ${hidden} more`] : [])].join(', ');
}
