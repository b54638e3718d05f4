import { matchingEntries } from '../../shared/parameters/glob.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { command } from '../../shared/text/command.ts';
import { BATCH_NORM } from './fedbn.ts';
import type { Strategy } from './strategy.ts';

/** What people should know of a strategy whose members keep something for themselves; undefined for one that shares all. */
export function personalNote(
  layout: ParameterLayout,
  { name, local, evaluates }: Pick<Strategy, 'name' | 'local' | 'evaluates'>,
): string | undefined {
  if (evaluates?.beside) {
    return `beside the common model each member trains one of its own (${name}), which stays with it and which it evaluates with; the exported model is the common one.`;
  }
  if (evaluates?.choices) {
    return `members train one of ${evaluates.choices.length} models each (${name}); the exported one is the first, the others are written by \`${command('export', 'RUN', '--cluster', 'N')}\`.`;
  }
  if (local === undefined) return undefined;
  const kept = matchingEntries(layout, local);
  if (kept.length === 0) {
    return `${name} is federated averaging (fedavg) in effect: the model has no ${nameOf(local)} to keep with the members, so all of it is shared.`;
  }
  return (
    `${kept.length} tensors stay with each member (${kept[0]!.name}, …). In the weights that are committed and exported they keep their initial values; ` +
    'the evaluation measures each member with its own, and a member that starts again begins with the initial ones.'
  );
}

function nameOf(local: readonly string[]): string {
  if (local === BATCH_NORM) return 'layer of batch normalisation';
  return local.length === 0 ? 'last layer with parameters' : `parameter named ${local.join(', ')}`;
}
