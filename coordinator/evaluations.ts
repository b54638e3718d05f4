import { classResults, type OutputResults } from '../shared/nn/metrics/class-results.ts';
import { MINIMUM_PARTICIPANTS } from './rounds/few-participants.ts';
import type { Effect } from './rounds/types.ts';
import { classOutputs } from './run/class-outputs.ts';
import type { RunDescription } from './run/description.ts';
import type { RunStore } from './store/store.ts';

type Evaluated = Extract<Effect, { type: 'evaluated' }>;

export interface EvaluationParts {
  readonly store: RunStore;
  readonly manifest: RunDescription['manifest'];
  /** Early stopping's metric, where the job stops early. */
  readonly watched: string | undefined;
  readonly warn: (message: string) => void;
}

/** Writes down what was measured, and sees that early stopping has something to watch. */
export class Evaluations {
  private isWarned = false;
  private isWarnedOfFew = false;

  constructor(private readonly parts: EvaluationParts) {}

  /** @returns how classes fared, for each output that has some */
  record(effect: Evaluated, at: number): readonly OutputResults[] {
    const { store, manifest } = this.parts;
    const classes = classResults(effect.sums, classOutputs(manifest.target));
    store.recordEvaluation({ incarnation: store.run.incarnation, at, ...effect }, classes);
    this.warnUnmeasured(effect.metrics);
    this.warnFew(effect.metrics);
    return classes;
  }

  /** Once: the figures are shown, and somebody may take them for what the others' are. */
  private warnFew({ participants, [MINIMUM_PARTICIPANTS]: least }: Evaluated['metrics']): void {
    if (least === undefined || this.isWarnedOfFew) return;
    this.isWarnedOfFew = true;
    this.parts.warn(
      `only ${participants} of at least ${least} participants (members.minimum) evaluated: such evaluations are shown, but count neither as best nor for early stopping or a plateau`,
    );
  }

  /** Once: early stopping does not count an evaluation in which its metric has no value, and may never stop. */
  private warnUnmeasured(metrics: Evaluated['metrics']): void {
    const { watched, warn } = this.parts;
    if (watched === undefined || this.isWarned || Number.isFinite(metrics[watched])) return;
    this.isWarned = true;
    warn(
      `early stopping watches ${watched}, which had no finite value in this evaluation: such evaluations are not counted`,
    );
  }
}
