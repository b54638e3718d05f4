import { checkModel } from './check.ts';
import { type ExpandOptions, expandOperators } from './expand/expand.ts';
import type { ModelFile } from './external-data.ts';
import { DEFAULT_INSPECTION_LIMITS } from './inspect/limits.ts';
import { guardSizes } from './inspect/sizes.ts';
import { INTERNAL_OPSET, type Model } from './model.ts';
import { prune } from './prune.ts';
import { type ReadLimits, readModel } from './read.ts';
import { upgradeModel } from './upgrade.ts';

export interface ImportOptions extends ExpandOptions {
  readonly limits?: ReadLimits;
  /** A change before operators are expanded: the part that is wanted, sizes that are known. */
  readonly prepare?: (model: Model) => Model;
}

/**
 * The one door for models made elsewhere: reads the file, replaces calls of its own functions by their bodies,
 * brings it to the internal opset, writes private and newer operators and control flow as standard operators, and
 * checks the result.
 *
 * @throws OnnxFormatError for bytes that are no model; ModelError for one that cannot be used, RefusedModelError where a
 * value would be absurdly large
 */
export function importModel(file: Uint8Array | ModelFile, options: ImportOptions = {}): Model {
  const { limits, mostNodes, guard = guardSizes(DEFAULT_INSPECTION_LIMITS) } = options;
  const source = readModel(file, {
    ...limits,
    inlineFunctions: true,
    ...(mostNodes !== undefined && { mostNodes }),
  });
  const upgraded = (options.prepare ?? same)(upgradeModel(source));
  const expanded = expandOperators(upgraded, { ...options, guard });
  const outputs = upgraded.graph.outputs.map(({ name }) => name);
  // Domains of functions and private operators are gone with them.
  const model = {
    ...(expanded === upgraded ? expanded : prune(expanded, outputs)),
    opsets: { '': INTERNAL_OPSET },
  };
  checkModel(model, guard);
  return model;
}

function same(model: Model): Model {
  return model;
}
