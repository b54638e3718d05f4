import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { SurveyRequest } from '../../shared/data/survey.ts';
import type { Inspection } from '../../shared/onnx/inspect/inspection.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { OwnRows, Welcome } from '../../shared/protocol/messages.ts';

/** What a participant is asked to do, checked as far as a machine can. */
export type Asked =
  /** To train: the model is here, and has been inspected. */
  | {
      readonly kind: 'train';
      readonly welcome: Welcome;
      /** The forward graph, as it came. */
      readonly model: Uint8Array;
      readonly inspection: Inspection;
      readonly recipe: Recipe;
      /** Of the run: the form of a row. */
      readonly manifest: DatasetManifest;
      readonly rows: OwnRows;
    }
  /** To sum up its rows, so that a model can be made for all participants' rows. */
  | {
      readonly kind: 'survey';
      readonly welcome: Welcome;
      readonly request: SurveyRequest;
      readonly rows: OwnRows;
    };

/** The same before the participant's own rows were read: what they are to be like, and for what. */
export type Offer =
  | Omit<Extract<Asked, { kind: 'train' }>, 'rows'>
  | Omit<Extract<Asked, { kind: 'survey' }>, 'rows'>;

/** Yes, or why not; `code` when it was no person who said no. */
export type Answer = true | { readonly refuse: string; readonly code?: RefusedBy };

/** Nobody agreed; the inspection found a model that must not run; the coordinator asks for what was not agreed to. */
export type RefusedBy = 'person' | 'inspection' | 'check';

/** The participant does not take part: a person, the inspection or a check said no. Its message may be told to the coordinator. */
export class ParticipationRefused extends Error {
  override readonly name = 'ParticipationRefused';

  constructor(
    message: string,
    readonly by: RefusedBy = 'check',
  ) {
    super(message);
  }
}
