import type { DataErrorPlace } from '../../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../../shared/data/dataset.ts';
import type { SurveyRequest, SurveySums } from '../../../shared/data/survey.ts';
import type { Recipe } from '../../../shared/programs/recipe.ts';

/** An example that is no row of a table: an image, a drawing. */
export interface Example {
  /** As many as the run's features, in their order. */
  readonly features: Float32Array;
  /** Name of its class, or its number; undefined where the run has no target. */
  readonly label?: string | number | undefined;
}

/** What a person has: a table as a file, or examples. */
export type OwnData =
  | { readonly kind: 'table'; readonly file: Blob; readonly name: string }
  | { readonly kind: 'examples'; readonly examples: readonly Example[] };

export interface ClassRows {
  readonly name: string;
  readonly rows: number;
}

/** A person's rows, encoded as the run declares them. */
export interface EncodedRows {
  /** Of these rows. */
  readonly manifest: DatasetManifest;
  readonly blocks: readonly Uint8Array[];
  /** How many rows there are of each class. */
  readonly classes?: readonly ClassRows[] | undefined;
  /** The same of each of several targets that has classes. */
  readonly outputs?: readonly { readonly output: string; readonly classes: readonly ClassRows[] }[];
}

/** To encode rows as the run declares them. */
export interface EncodeRequest {
  readonly type: 'encode';
  readonly data: OwnData;
  readonly recipe: Recipe;
  /** Of the run. */
  readonly manifest: DatasetManifest;
}

/** To sum rows up, before a run knows what it declares. */
export interface SurveyOwnRequest {
  readonly type: 'survey';
  readonly data: OwnData;
  readonly request: SurveyRequest;
}

export type ToReader = EncodeRequest | SurveyOwnRequest;

export interface Answers {
  readonly encode: EncodedRows;
  readonly survey: SurveySums;
}

export type FromReader =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly place?: DataErrorPlace | undefined };
