import { z } from 'zod';

/** Key of an exported file's metadata that has the names of the features' columns, in the order of the input, as JSON. */
export const FEATURE_COLUMNS = 'tributary.feature_columns';

/** More names than this are not written into a file: pixels, mostly. */
export const MOST_FEATURE_NAMES = 4_096;

const schema = z.array(z.string()).nonempty();

/** The names in an exported file; undefined when there are none, or the metadata are someone else's. */
export function parseFeatureColumns(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
