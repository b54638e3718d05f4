import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { SurveyRequest, SurveySums } from '../../shared/data/survey.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { Blocks } from './blocks.ts';

/** Rows of a participant's own, encoded as the run declares them. */
export interface OwnRows {
  readonly manifest: DatasetManifest;
  readonly blocks: Blocks;
}

/** Where a participant's own rows come from. */
export interface OwnRowsSource {
  /**
   * @param manifest of the run: what all participants' rows have in common
   * @throws DataError with line and column of what does not fit
   */
  read(recipe: Recipe, manifest: DatasetManifest): Promise<OwnRows>;
  /**
   * Sums over the rows, of what the run does not declare.
   *
   * @throws DataError
   */
  survey(request: SurveyRequest): Promise<SurveySums>;
}
