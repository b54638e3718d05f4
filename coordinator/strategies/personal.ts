import { matchingEntries } from '../../shared/parameters/glob.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';

/**
 * What people should know of a strategy whose members keep parameters for themselves; undefined for one that shares all.
 *
 * @param local globs of the parameters that stay with the members
 */
export function personalNote(
  layout: ParameterLayout,
  local: readonly string[] | undefined,
): string | undefined {
  if (local === undefined) return undefined;
  const kept = matchingEntries(layout, local);
  if (kept.length === 0) {
    return `the strategy keeps normalisation with the members (parameters named ${local.join(', ')}), and the model has none: it trains as local-steps does.`;
  }
  return (
    `${kept.length} tensors of normalisation stay with each member (${kept[0]!.name}, …). In the weights that are committed and exported they keep their initial values; ` +
    'the evaluation measures each member’s share of the held-out rows with its own, and a member that starts again begins with the initial ones.'
  );
}
