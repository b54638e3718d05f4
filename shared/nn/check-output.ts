import type { GraphBuilder } from '../onnx/builder.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { exampleDims } from './layers/stack.ts';
import { ModelBuildError, type ModelPath } from './model-build-error.ts';
import { type FeatureSpec, outputDimsFor, outputNameFor, type SingleTarget } from './specs.ts';

/** The layer that makes an output, and the output's name where there are several. */
export interface OutputPlace {
  readonly path: ModelPath;
  readonly type: string;
  readonly name?: string;
}

/** Where a list of layers ends. */
export function lastLayer(layers: readonly unknown[], path: ModelPath): OutputPlace {
  const last = layers.at(-1);
  const type = typeof last === 'string' ? last : ((last as { type?: string } | undefined)?.type ?? 'layers');
  return { path: [...path, Math.max(0, layers.length - 1)], type };
}

/**
 * What makes an output has to make what its target needs, as raw numbers.
 *
 * @throws ModelBuildError
 */
export function checkOutput(
  builder: GraphBuilder,
  output: string,
  features: FeatureSpec,
  target: SingleTarget,
  place: OutputPlace,
): void {
  const incoming = builder.typeOf(output).dims;
  if (target.kind === 'symbols') return checkSteps(builder, output, target, place);
  const wanted = outputDimsFor(target, features);
  const dims = exampleDims(incoming);
  const ofName = nameOf(place);
  if (dims.length !== wanted.length || dims.some((dim, axis) => dim !== wanted[axis])) {
    const shape = ['batch', ...wanted].join(', ');
    throw new ModelBuildError({
      ...place,
      incoming,
      output: place.name,
      needs: `as the model's output${ofName}, but the target needs [${shape}] for ${meaning(target, wanted)}: end with ${ending(target, wanted)}`,
    });
  }
  checkLogits(builder, output, target, place);
}

function nameOf({ name }: OutputPlace): string {
  return name === undefined ? '' : ` '${name}'`;
}

/** A label of symbols is read in steps: as many as the model makes, if they are enough. */
function checkSteps(
  builder: GraphBuilder,
  output: string,
  target: Extract<SingleTarget, { kind: 'symbols' }>,
  place: OutputPlace,
): void {
  const incoming = builder.typeOf(output).dims;
  const [steps, outputs] = exampleDims(incoming);
  const classes = target.classes.length;
  const needed = target.steps;
  const ofName = nameOf(place);
  if (incoming.length !== 3 || typeof steps !== 'number' || outputs !== classes + 1) {
    const needs = `as the model's output${ofName}, but the target needs [batch, steps, ${classes + 1}], at each of ${needed} or more steps ${classes} symbols and the blank: end with layers that keep the steps, as \`- lstm: { units: 64 }\`, and \`- dense: ${classes + 1}\``;
    throw new ModelBuildError({ ...place, incoming, output: place.name, needs });
  }
  if (steps < needed) {
    const needs = `as the model's output${ofName}, but its ${steps} steps are fewer than the ${needed} that labels need (a step for each symbol, and one between two that are the same): pool less along the steps, or make the features longer`;
    throw new ModelBuildError({ ...place, incoming, output: place.name, needs });
  }
  checkLogits(builder, output, target, place);
}

function checkLogits(builder: GraphBuilder, output: string, target: SingleTarget, place: OutputPlace): void {
  const last = builder.producer(output)?.op;
  if (outputNameFor(target) === 'logits' && (last === 'Softmax' || last === 'Sigmoid')) {
    throw new ModelBuildError({
      ...place,
      needs: `a classifier ends in logits, the loss and the export add the ${last.toLowerCase()}: remove this layer`,
    });
  }
}

function meaning(target: SingleTarget, wanted: readonly number[]): string {
  if (target.kind === 'none') return 'the features themselves (target none)';
  const count = wanted.at(-1)!;
  if (target.kind === 'class')
    return wanted.length > 1 ? `${count} classes at every position` : `${count} classes`;
  return wanted.length === 1 && count === 1
    ? `one value (target type ${target.kind})`
    : `${sizeOf(wanted)} values (target type ${target.kind})`;
}

function ending(target: SingleTarget, wanted: readonly number[]): string {
  if (wanted.length === 1 || target.kind === 'class') return `\`- dense: ${wanted.at(-1)}\``;
  return `\`- dense: ${sizeOf(wanted)}\` and \`- reshape: [${wanted.join(', ')}]\``;
}
