import { end } from './end.ts';
import type { Failure } from './state.ts';
import { possibleTakers } from './takers.ts';
import type { Turn } from './turn.ts';
import type { Work } from './types.ts';

/** One member may have failed by chance; so many failures of one piece are no chance. */
const FAILURES_TO_GIVE_UP = 16;
const FAILURES_AT_LEAST = 3;
/** The same work gave NaN so often, on different members where there are several. */
const NON_FINITE_TO_DIVERGE = 2;

/** Ends the run when a piece that came back shows that it cannot be done by anybody. */
export function diagnose(turn: Turn, work: Work, failures: readonly Failure[]): void {
  const { state } = turn;
  const present = possibleTakers(state).map((member) => member.description.id);
  const nonFinite = failures.filter((failure) => failure.nonFinite);
  const agreeing = new Set(nonFinite.map((failure) => failure.member)).size;
  if (
    agreeing >= NON_FINITE_TO_DIVERGE ||
    (present.length <= 1 && nonFinite.length >= NON_FINITE_TO_DIVERGE) ||
    // Every member may be busy with a piece of its own that gives NaN, and take that one up again each time.
    nonFinite.length >= FAILURES_TO_GIVE_UP
  ) {
    end(turn, 'diverged', divergence(turn, 'the loss or its gradient is not finite'), state.version);
    return;
  }
  const failed = new Set(failures.map((failure) => failure.member));
  const everyone = failures.length >= FAILURES_AT_LEAST && present.every((id) => failed.has(id));
  if (!everyone && failures.length < FAILURES_TO_GIVE_UP) return;
  const reasons = [...new Set(failures.map((failure) => failure.reason.replace(/\.$/, '')))]
    .slice(0, 3)
    .join('; ');
  end(
    turn,
    'failed',
    `No member could do ${describe(work)} of round ${state.round}: ${reasons}. ` +
      'The weights so far are kept. Look at the members’ logs, then resume the run.',
  );
}

/** Windows of work on members' own rows that gave nothing but failures, until the run ends. */
const FRUITLESS_TO_GIVE_UP = 3;

/** A window is over and nothing came of it: where all of it failed, several times over, nothing will. */
export function fruitlessWindow(turn: Turn): void {
  const { fruitless } = turn.state;
  const { windows, failures } = fruitless;
  if (failures.length === 0) return;
  if (windows + 1 < FRUITLESS_TO_GIVE_UP) {
    turn.set({ fruitless: { ...fruitless, windows: windows + 1 } });
    return;
  }
  const diverged = failures.every(({ nonFinite }) => nonFinite);
  const reasons = [...new Set(failures.map(({ reason }) => reason.replace(/\.$/, '')))]
    .slice(0, 3)
    .join('; ');
  const message = `Nothing but failures in ${FRUITLESS_TO_GIVE_UP} rounds (round ${turn.state.round}): ${reasons}.`;
  if (diverged)
    end(turn, 'diverged', `${message} ${divergence(turn, 'the updates are not finite')}`, turn.state.version);
  else
    end(
      turn,
      'failed',
      `${message} The weights so far are kept. Look at the participants’ logs, then resume the run.`,
    );
}

/** What diverged, where, and what to try. What is kept is for the store to say. */
export function divergence(turn: Turn, what: string): string {
  const { state } = turn;
  const rate = state.config.learningRateAt(state.optimizerSteps, state.plateau.scale);
  return (
    `Training diverged at step ${state.optimizerSteps + 1} (round ${state.round}, epoch ` +
    `${(state.window?.epoch ?? state.cursor.epoch) + 1}, learning rate ${rate}): ${what}. ` +
    'Try a smaller learning rate, a longer warm-up, or clipping the gradient’s norm; look for extreme values in the data.'
  );
}

function describe(work: Work): string {
  if (!('start' in work)) return 'the work on its own rows';
  const rows = `${work.start} to ${work.end - 1}`;
  return work.kind === 'evaluate'
    ? `the evaluation of rows ${rows}`
    : `positions ${rows} of epoch ${work.epoch + 1}`;
}
