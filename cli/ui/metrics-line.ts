import { metric } from './numbers.ts';
import { spreadOf, spreadText, withoutSpread } from './spread.ts';

/** An evaluation in one line: what is of all rows, and then once how it is spread over the participants. */
export function metricsLine(metrics: Readonly<Record<string, number>>): string {
  const spread = spreadOf(metrics);
  const own = Object.entries(withoutSpread(metrics)).map(([name, value]) => `${name} ${metric(name, value)}`);
  return [own.join(', '), ...(spread ? [spreadText(spread)] : [])].filter(Boolean).join('; ');
}
