import type { LossJob, SingleLossJob } from '../job/job.ts';
import { buildLoss, checkLoss } from '../nn/losses/registry.ts';
import { ModelBuildError } from '../nn/model-build-error.ts';
import { type NamedTarget, positionsOf, type TargetSpec, targetSize } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { blankOf, compare, ignoredBy, learnedForm } from './compared.ts';
import { appendMetrics, type SumOptions } from './output-metrics.ts';
import { DENOMINATOR, LOSS } from './program.ts';
import type { SumOutputs } from './sums.ts';

/** Of one output: the name of a sum beside others'. */
export function sumOf(output: string, sum: string): string {
  return `${output}.${sum}`;
}

/**
 * The weighted sum of several outputs' losses, and each output's own sums as `<output>.loss`, `<output>.correct` and so on. The
 * denominator is the number of examples, for all losses the same, so that what members send adds up: a loss counts Σ wₖ Lₖ for
 * each example, Lₖ a mean over what the example holds (its positions, its numbers). So class weights weigh rows here, and an
 * ignored class counts as a loss of zero; alone, cross-entropy divides by the weights of the rows that count.
 *
 * @param outputs names of the model's outputs
 * @throws ModelBuildError when an output has no loss, a loss no output, or the two do not fit
 */
export function appendSumOfLosses(
  builder: GraphBuilder,
  outputs: readonly string[],
  { terms }: Extract<LossJob, { kind: 'sum' }>,
  target: TargetSpec,
  options: SumOptions,
): SumOutputs {
  const named = target.kind === 'several' ? target.outputs : [];
  checkTerms(
    terms.map(({ output }) => output),
    named,
  );
  const width = named.reduce((sum, each) => sum + targetSize(each.target), 0);
  const input = {
    name: builder.input('target', 'float32', ['batch', width]),
    type: 'float32' as const,
    dims: [width],
  };
  const batch = batchOf(builder, input.name);
  const sums: string[] = [LOSS, DENOMINATOR];
  const extras: SumOutputs['extras'][number][] = [];
  const weighted: string[] = [];
  let start = 0;
  // What a term calls `loss` is not the loss of the whole.
  builder.reserve([LOSS, DENOMINATOR, ...outputs]);
  for (const each of named) {
    const { name, target: single } = each;
    const { loss, weight } = terms.find(({ output }) => output === name)!;
    checkLoss(loss.kind, single.kind);
    const label = labelsOf(builder, input.name, each, start);
    start += targetSize(single);
    const compared = compare(builder, name, label, loss, single);
    const term = perExample(
      builder,
      { ...learnedForm(builder, compared, single), positions: sizeOf(positionsOf(single)) },
      loss,
      single,
      batch,
    );
    weighted.push(builder.op('Mul', [term, builder.scalar(weight)], {}, `${name}/weighted`));
    const publish = (value: string, sum: string) => builder.output(value, sumOf(name, sum));
    sums.push(publish(term, LOSS));
    const given = {
      ...{ output: name, label, compared, target: single },
      ...{ ignore: ignoredBy(loss), blank: blankOf(loss) },
    };
    const metrics = wantedOf(options.metrics, name);
    const measured = appendMetrics(builder, given, { ...options, metrics }, publish);
    sums.push(...measured.sums);
    extras.push(...measured.extras);
  }
  builder.output(weighted.length > 1 ? builder.op('Sum', weighted, {}, 'loss_sum') : weighted[0]!, LOSS);
  builder.output(batch, DENOMINATOR);
  return { target: input, sums, extras };
}

/** `<output>.<metric>` of a list, without the output's name. */
function wantedOf(metrics: readonly string[] = [], output: string): readonly string[] {
  const prefix = sumOf(output, '');
  return metrics.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

function checkTerms(losses: readonly string[], targets: readonly NamedTarget[]): void {
  const names = targets.map(({ name }) => name);
  const strange = losses.find((name) => !names.includes(name));
  const bare = names.find((name) => !losses.includes(name));
  const twice = losses.find((name, index) => losses.indexOf(name) !== index);
  const needs =
    strange !== undefined
      ? `there is a loss for '${strange}', but the targets are ${names.join(', ') || 'not several'}`
      : bare !== undefined
        ? `the target '${bare}' has no loss`
        : twice !== undefined && `the target '${twice}' has two losses`;
  if (needs) throw new ModelBuildError({ section: 'loss', path: [], type: 'sum', needs });
}

/** The numbers of one target out of the row of all, in the form that a target of its own has. */
function labelsOf(builder: GraphBuilder, all: string, { name, target }: NamedTarget, start: number): string {
  const size = targetSize(target);
  const range = [builder.ints([start]), builder.ints([start + size]), builder.ints([1])];
  const numbers = builder.op('Slice', [all, ...range], {}, `${name}/numbers`);
  const dims = positionsOf(target);
  const shaped = builder.op(
    'Reshape',
    [numbers, builder.ints([dims.length === 0 ? -1 : 0, ...dims])],
    {},
    `${name}/target`,
  );
  const isNumber = target.kind !== 'class' && target.kind !== 'symbols';
  return isNumber ? shaped : builder.op('Cast', [shaped], { to: 'int32' }, `${name}/labels`);
}

/** The number of examples, a scalar. */
function batchOf(builder: GraphBuilder, target: string): string {
  const shape = builder.op('Shape', [target], { start: 0, end: 1 }, 'batch_shape');
  const size = builder.op('Cast', [shape], { to: 'float32' }, 'batch_size');
  return builder.op('Squeeze', [size, builder.ints([0])], {}, 'batch');
}

/** The sum over the examples of what each loses on average over its rows or numbers. */
function perExample(
  builder: GraphBuilder,
  compared: Parameters<typeof buildLoss>[1],
  loss: SingleLossJob,
  target: NamedTarget['target'],
  batch: string,
): string {
  // The symbols of a label are one reading.
  const rows = target.kind === 'symbols' ? 1 : targetSize(target);
  // All of them, those too that do not count: a number that differs from batch to batch would not add up.
  const examples = rows === 1 ? batch : builder.op('Mul', [batch, builder.scalar(rows)], {}, 'all_rows');
  const { sum, denominator } = buildLoss(builder, { ...compared, examples }, loss);
  const divisor = target.kind === 'class' && loss.kind === 'cross-entropy' ? examples : denominator;
  if (divisor === batch) return sum;
  return builder.op('Mul', [sum, builder.op('Div', [batch, divisor])], {}, 'loss/per_example');
}
