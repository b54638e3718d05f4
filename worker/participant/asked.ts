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

/** Yes, or why not. */
export type Answer = true | { readonly refuse: string };

/** The participant does not take part: a person, a limit or a check said no. */
export class ParticipationRefused extends Error {
  override readonly name = 'ParticipationRefused';
}
