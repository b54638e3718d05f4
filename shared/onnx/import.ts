import { checkModel } from './check.ts';
import { type ExpandOptions, expandOperators } from './expand/expand.ts';
import type { Model } from './model.ts';
import { type ReadLimits, readModel } from './read.ts';
import { upgradeModel } from './upgrade.ts';

export interface ImportOptions extends ExpandOptions {
  readonly limits?: ReadLimits;
}

/**
 * The one door for models made elsewhere: reads the file, replaces calls of its own functions by their bodies,
 * brings it to the internal opset, writes private and newer operators and control flow as standard operators, and
 * checks the result.
 *
 * @throws OnnxFormatError for bytes that are no model; ModelError for one that cannot be used
 */
export function importModel(bytes: Uint8Array, options: ImportOptions = {}): Model {
  const model = expandOperators(upgradeModel(readModel(bytes, options.limits)), options);
  checkModel(model);
  return model;
}
