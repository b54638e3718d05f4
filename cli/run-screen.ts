import type { MemberView, Outcome } from '../coordinator/events.ts';
import type { RunFacts } from '../launch/coordinate.ts';
import type { RunJobEvents, RunJobMessage } from '../launch/run-job.ts';
import type { SurveyFacts } from '../launch/survey.ts';
import { PARTICIPANTS_ENDED, type ResumeCommand, RunProgress } from './run-view.ts';
import { metricsLine } from './ui/metrics-line.ts';
import { bytes, counted } from './ui/numbers.ts';
import { paintFor } from './ui/paint.ts';
import { renderReport } from './ui/render-report.ts';
import { TerminalScreen } from './ui/terminal-screen.ts';

/** Feeds a run's events to the terminal. */
export class RunScreen {
  private readonly progress: RunProgress;
  private readonly screen = new TerminalScreen();

  /** Quarters of frozen weights that were told, by worker. */
  private readonly fetched = new Map<string, number>();
  private survey: SurveyFacts | undefined;

  /** @param resume what to type to go on with the run */
  constructor(private readonly resume?: ResumeCommand) {
    this.progress = new RunProgress(resume);
  }

  /** Whether it redraws in place: log lines would tear it. */
  get live(): boolean {
    return this.screen.live;
  }

  show(message: RunJobMessage): void {
    const line = this.take(message);
    const view = this.progress.view();
    if (view) this.screen.update(view, line);
  }

  /** Text that stays, such as the command that joins. */
  notice(text: string): void {
    this.screen.print(text);
  }

  end(): void {
    this.screen.end();
  }

  /** Takes an event in; returns a line for plain output when it is worth one. */
  private take(message: RunJobMessage): string | undefined {
    const { progress } = this;
    switch (message.event) {
      case 'surveying': {
        this.survey = message.values[0];
        const { run, wanted, answered } = this.survey;
        const many = wanted === 1 ? 'a participant is' : `${wanted} participants are`;
        const before = answered > 0 ? ` ${answered} of ${wanted} have answered before.` : '';
        this.notice(
          `run ${run}: the job leaves open what only the rows tell, so ${many} asked for sums of theirs first.${before}`,
        );
        return undefined;
      }
      case 'surveyed': {
        const { answers, wanted } = message.values[0];
        if (this.survey) this.survey = { ...this.survey, answered: answers };
        this.notice(`${answers} of ${wanted} have answered${answers === wanted ? ': the run begins' : ''}`);
        return undefined;
      }
      case 'opened':
        progress.opened(message.values[0]);
        return this.screen.live ? undefined : introduction(message.values[0]);
      case 'member':
        return this.member(message.values[0]);
      case 'preparing':
        progress.prepares(message.values[0]);
        return this.fetching(message.values[0]);
      case 'prepared':
        progress.prepared(message.values[0]);
        return undefined;
      case 'working':
        this.notice(message.values[0]);
        return undefined;
      case 'waiting':
        progress.waits(message.values[0]);
        // A line of its own, which the reason for it stands in.
        return '';
      case 'round':
        progress.reported(message.values[0]);
        return undefined;
      case 'evaluated':
        progress.evaluated(message.values[0]);
        return `evaluated: ${metricsLine(message.values[0].metrics)}`;
      case 'restarted': {
        const { name, reason } = message.values[0];
        progress.notice(`${name} ${reason}: started again`);
        return `${name} ${reason}: started again`;
      }
      case 'warning':
        this.warning(message.values[0]);
        return undefined;
      case 'committed':
        progress.committed(message.values[0]);
        return undefined;
      case 'took':
        progress.took(message.values[0]);
        return undefined;
      case 'exported':
        progress.exported(message.values[0]);
        return undefined;
      case 'finished':
        this.report(message.values[0]);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Stays on a live screen; elsewhere it goes to stderr, as stdout may be read by a program. */
  private warning(text: string): void {
    this.progress.notice(text);
    if (!this.screen.live) process.stderr.write(`warning: ${text}\n`);
  }

  /** A line for every quarter of what a worker fetches: gigabytes take minutes. */
  private fetching({ name, fetched }: RunJobEvents['preparing'][0]): string | undefined {
    if (!fetched) return undefined;
    const quarter = Math.floor((fetched.bytes / fetched.of) * 4);
    if (this.fetched.get(name) === quarter) return undefined;
    this.fetched.set(name, quarter);
    return `${name} is preparing: ${bytes(fetched.bytes)} of ${bytes(fetched.of)} of frozen weights are there`;
  }

  private member(member: MemberView): string | undefined {
    const known = this.progress.view()?.members.find((row) => row.name === member.name);
    this.progress.member(member);
    if (!member.connected) return `${member.name} is away`;
    const news = !known || known.state === 'away';
    return news ? `${member.name} joined: ${member.engine}, ${counted(member.threads, 'thread')}` : undefined;
  }

  /** There is no model yet, and nothing else to report. */
  private stoppedInSurvey({ reason, message }: Outcome): void {
    const { survey, resume } = this;
    if (!survey || reason !== 'stopped') return;
    const { answered, wanted } = survey;
    const kept = `${answered} of ${wanted} participants have answered: that is kept, and the run goes on with it.`;
    const next = resume ? `\n\nNext:\n  ${resume(survey)}` : '';
    process.stdout.write(`\nStopped: ${message}\n${kept}\n${PARTICIPANTS_ENDED}${next}\n`);
  }

  private report(outcome: Outcome): void {
    this.screen.end();
    const report = this.progress.report(outcome);
    if (!report) return this.stoppedInSurvey(outcome);
    process.stdout.write(`\n${renderReport(report, this.screen.width, paintFor(process.stdout))}\n`);
  }
}

function introduction(facts: RunFacts): string {
  const { training, test } = facts.rows;
  const held = test > 0 ? ` and ${test} held out here` : '';
  const rows = facts.federated
    ? `rows of the participants’ own${held}`
    : `${training} rows to train on and ${test} held out`;
  return `run ${facts.run}: ${facts.parameters} parameters, ${rows}, ${facts.strategy}`;
}
