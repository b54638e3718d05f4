import { isShare } from '../../shared/nn/metrics/metric-text.ts';
import { isLoss } from '../../shared/nn/metrics/metrics.ts';
import { legend } from './chart.ts';
import { number, percent, tick, timeUnit } from './format.ts';
import { type Line, lines } from './lines.ts';
import { metricTitle } from './metric-title.ts';
import type { Section } from './page.ts';
import type { RoundPoint } from './run-picture.ts';

/** The forms of a metric that are drawn as lines of one chart: of the coordinator's rows, and of the participants' own. */
const FORMS = [
  { prefix: '', colour: 'accent', name: 'rows of the coordinator' },
  { prefix: 'participants-', colour: 'second', name: 'rows of participants' },
  { prefix: 'worst-decile-', colour: 'third', name: 'the worst tenth of participants' },
] as const;

/** What stands in the table only: numbers of something, and how far participants differ. */
const UNDRAWN = /^((minimum-)?participants|best-cluster|deviation-.*)$/;

/** What people look for first, as on the terminal. */
export function mainOf(metrics: readonly string[]): string | undefined {
  return metrics.find((name) => !isLoss(name)) ?? metrics[0];
}

/** A chart for each metric, first what people look for first; that and the loss over virtual time too, as a page is long enough. */
export function metricSections(rounds: readonly RoundPoint[], metrics: readonly string[]): Section[] {
  const main = mainOf(metrics);
  const base = metrics.filter((name) => !UNDRAWN.test(name)).map(baseOf);
  const rank = (name: string): number => (name === main ? 0 : name === 'loss' ? 1 : 2);
  const groups = [...new Set(base)].sort((a, b) => rank(a) - rank(b));
  const unit = timeUnit(rounds.at(-1)?.virtualMs ?? 0);
  return groups.flatMap((group) => {
    const over = section(rounds, metrics, group);
    const byRound = over('rounds', 'round', ({ round }) => round);
    if (rank(group) === 2) return [byRound];
    return [byRound, over('virtual time', unit.name, ({ virtualMs }) => virtualMs / unit.ms)];
  });
}

function baseOf(metric: string): string {
  const form = FORMS.find(({ prefix }) => prefix !== '' && metric.startsWith(prefix));
  return form ? metric.slice(form.prefix.length) : metric;
}

function section(rounds: readonly RoundPoint[], metrics: readonly string[], group: string) {
  const forms = FORMS.filter(({ prefix }) => metrics.includes(prefix + group));
  return (over: string, axis: string, x: (round: RoundPoint) => number): Section => {
    const drawn = forms.map(({ prefix, colour }): Line => {
      const metric = prefix + group;
      const evaluated = rounds.filter((round) => metric in round.metrics);
      return { colour, points: evaluated.map((round) => [x(round), round.metrics[metric]!]) };
    });
    const title = `${metricTitle(group)} over ${over}`;
    return {
      title,
      body: [
        ...(forms.length > 1 ? [legend(forms.map(({ colour, name }) => [colour, name]))] : []),
        lines(drawn, {
          label: title,
          title: axis,
          wholeX: axis === 'round',
          formatX: number,
          formatY: axisText(group),
        }),
      ],
    };
  };
}

/** How an axis of the metric is written: shares as per cent. */
export function axisText(metric: string): (value: number) => string {
  return isShare(metric) ? percent : tick;
}
