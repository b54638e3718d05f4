import type { LossJob } from '../job/job.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { OutputPlace } from './check-output.ts';
import { ModelBuildError } from './model-build-error.ts';
import { blankBehind, realSteps, type SeenFeatures } from './row-lengths.ts';
import { outputNameFor, type SingleTarget } from './specs.ts';

/** What is known where an output is finished. */
export interface RowEnds {
  readonly seen?: SeenFeatures | undefined;
  readonly loss?: LossJob | undefined;
}

/**
 * An output that a label is read from says the blank behind a row's end, where rows say how long they are. Every other is as it was
 * made.
 *
 * @throws ModelBuildError where it has more steps than rows have places
 */
export function endWhereRowsDo(
  builder: GraphBuilder,
  output: string,
  target: SingleTarget,
  { seen, loss, ...place }: OutputPlace & RowEnds,
): string {
  const lengths = seen?.lengths;
  if (!lengths || target.kind !== 'symbols') return output;
  const incoming = builder.typeOf(output).dims;
  const steps = incoming[1] as number;
  if (steps > lengths.places) {
    const needs = `but the lengths of rows (data.features.lengths) count ${lengths.places} places, and these are ${steps} steps: say the axis along which the steps lie`;
    throw new ModelBuildError({ path: place.path, type: place.type, incoming, output: place.name, needs });
  }
  const name = place.name === undefined ? outputNameFor(target) : `${place.name}/ended`;
  return blankBehind(builder, output, realSteps(builder, lengths, steps), blankOf(loss, place.name), name);
}

function blankOf(loss: LossJob | undefined, output: string | undefined): number {
  const own = loss?.kind === 'sum' ? loss.terms.find((term) => term.output === output)?.loss : loss;
  return own?.kind === 'ctc' ? own.blank : 0;
}
