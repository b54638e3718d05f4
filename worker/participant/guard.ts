import type { Work } from '../../shared/protocol/assignment.ts';
import type { AssignmentMessage, Welcome } from '../../shared/protocol/messages.ts';

/** Work on rows of the participant's own. Any other would let a coordinator choose which rows an update is made of. */
const ALLOWED: readonly Work['kind'][] = ['own', 'evaluate-own', 'survey'];

/**
 * What a participant holds a coordinator to: the run that it joined, the model and the recipe that it agreed to, work on all of its
 * rows alike.
 */
export class Guard {
  private run: string | undefined;
  private agreed: string | undefined;

  /** Why the participant must not go on with this coordinator; undefined when it may. */
  objection({ run, blobs }: Welcome): string | undefined {
    this.run ??= run;
    if (run !== this.run) return `it joined the run ${this.run}, and this is another one: ${run}`;
    if (this.agreed === undefined || this.agreed === contentOf(blobs)) return undefined;
    return 'the model, the recipe or the form of the rows is not what was agreed to: it was changed afterwards';
  }

  /** The participant agreed to train this model by this recipe. */
  agree({ blobs }: Welcome): void {
    this.agreed = contentOf(blobs);
  }

  /** Why this assignment is not done; undefined when it is. */
  refusal({ work }: Pick<AssignmentMessage, 'work'>): string | undefined {
    if (ALLOWED.includes(work.kind)) return undefined;
    return `a participant trains on all of its own rows, and does no work of the kind ${work.kind}`;
  }
}

function contentOf(blobs: Welcome['blobs']): string {
  return JSON.stringify(Object.entries(blobs).sort(([a], [b]) => (a < b ? -1 : 1)));
}
