import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { SurveySums } from '../../shared/data/survey.ts';
import type { Offer } from '../participant/asked.ts';
import type { Blocks } from './blocks.ts';

/** Rows of a participant's own, encoded as the run declares them. */
export interface OwnRows {
  readonly manifest: DatasetManifest;
  readonly blocks: Blocks;
}

/** Where a participant's own rows come from. */
export interface OwnRowsSource {
  /**
   * @param offer the recipe, and the manifest of the run: what all participants' rows have in common
   * @throws DataError with line and column of what does not fit
   */
  read(offer: Extract<Offer, { kind: 'train' }>): Promise<OwnRows>;
  /**
   * Sums over the rows, of what the run does not declare.
   *
   * @throws DataError
   */
  survey(offer: Extract<Offer, { kind: 'survey' }>): Promise<SurveySums>;
}
