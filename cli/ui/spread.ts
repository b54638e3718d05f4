import { count, metric } from './numbers.ts';

const WORST = 'worst-decile-';

/** How a metric is spread over the participants that evaluated on rows of their own. */
export interface Spread {
  readonly name: string;
  readonly participants: number;
  /** Mean of the worst tenth. */
  readonly worst: number;
  readonly deviation: number;
}

/** The spread among an evaluation's metrics; undefined where no participant evaluated. */
export function spreadOf(metrics: Readonly<Record<string, number>>): Spread | undefined {
  const key = Object.keys(metrics).find((name) => name.startsWith(WORST));
  if (key === undefined) return undefined;
  const name = key.slice(WORST.length);
  const { [key]: worst = 0, [`deviation-${name}`]: deviation = 0, participants = 0 } = metrics;
  return { name, participants, worst, deviation };
}

/** The metrics that are of all rows together. */
export function withoutSpread(metrics: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const spread = spreadOf(metrics);
  if (spread === undefined) return metrics;
  const its = [`${WORST}${spread.name}`, `deviation-${spread.name}`, 'participants', 'minimum-participants'];
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !its.includes(name)));
}

/** `accuracy of 100 participants: worst tenth 71.20 %, deviation 8.10 %`. */
export function spreadText({ name, participants, worst, deviation }: Spread): string {
  const spread = `worst tenth ${metric(name, worst)}, deviation ${metric(name, deviation)}`;
  return `${name} of ${count(participants)} ${participants === 1 ? 'participant' : 'participants'}: ${spread}`;
}
