import type { GraphBuilder } from '../onnx/builder.ts';
import { checkOutput, lastLayer } from './check-output.ts';
import { endWhereRowsDo, type RowEnds } from './ends.ts';
import { nearestNames } from './import/glob.ts';
import { exampleDims, type LayerStack } from './layers/stack.ts';
import { ModelBuildError, type ModelPath } from './model-build-error.ts';
import { inTableUnits } from './scale.ts';
import {
  type FeatureSpec,
  outputDimsFor,
  outputsFor,
  type SeveralTargets,
  type SingleTarget,
} from './specs.ts';

/**
 * The outputs of a list of layers: the values that are labelled with the targets' names.
 *
 * @throws ModelBuildError when one is missing or does not fit its target, or the last layer leads to none
 */
export function labelledOutputs(
  builder: GraphBuilder,
  stack: LayerStack,
  last: string,
  features: FeatureSpec,
  { outputs }: SeveralTargets,
  { path, layers, ...ends }: RowEnds & { readonly path: ModelPath; readonly layers: readonly unknown[] },
): void {
  const labels = stack.labels();
  const values = outputs.map(({ name, target }) => {
    const value = labels.get(name);
    if (value === undefined) {
      const near = nearestNames(name, [...labels.keys()])[0];
      throw new ModelBuildError({
        ...lastLayer(layers, path),
        needs: `no layer makes the output '${name}': put \`- label: ${name}\` behind the layer that does${near === undefined ? '' : ` (nearest label: '${near}')`}`,
      });
    }
    checkOutput(builder, value, features, target, { ...labelPlace(layers, path, name), name });
    return value;
  });
  if (!values.includes(last)) {
    throw new ModelBuildError({
      ...lastLayer(layers, path),
      needs: `nothing comes of the last layer: label it with an output's name (${outputs.map(({ name }) => name).join(', ')}), or leave it out`,
    });
  }
  outputs.forEach(({ name, target }, index) => {
    const place = { ...labelPlace(layers, path, name), name };
    const ended = endWhereRowsDo(builder, values[index]!, target, { ...place, ...ends });
    builder.output(inTableUnits(builder, ended, target, `${name}/units`), name);
  });
}

/** The layer before the label, where both stand in the outermost list. */
function labelPlace(layers: readonly unknown[], path: ModelPath, name: string) {
  const at = layers.findIndex((layer) => {
    const { type, options } = layer as { type?: string; options?: { name?: string } };
    return type === 'label' && options?.name === name;
  });
  return at < 1 ? lastLayer(layers, path) : lastLayer(layers.slice(0, at), path);
}

/**
 * As many classes as all outputs have numbers: what a named model, which has one output, makes for several.
 *
 * @throws ModelBuildError where one is a label, which is read in steps
 */
export function allOutputs({ outputs }: SeveralTargets, features: FeatureSpec, name: string): SingleTarget {
  const label = outputs.find(({ target }) => target.kind === 'symbols');
  if (label) {
    const needs = `the label '${label.name}' is read in steps, and this model makes the numbers of all outputs at once: write it as layers, and label each output`;
    throw new ModelBuildError({ path: [name], type: name, output: label.name, needs });
  }
  const width = outputs.reduce((sum, { target }) => sum + outputsFor(target, features), 0);
  return { kind: 'class', classes: Array.from({ length: width }, (_, index) => String(index)) };
}

/**
 * Cuts [batch, numbers of all outputs] into the outputs, in order.
 *
 * @throws ModelBuildError when the model makes something else, as those do that predict something at every place
 */
export function splitOutput(
  builder: GraphBuilder,
  whole: string,
  features: FeatureSpec,
  target: SeveralTargets,
  place: { readonly path: ModelPath; readonly type: string },
): void {
  const sizes = target.outputs.map((output) => outputsFor(output.target, features));
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const { dims } = builder.typeOf(whole);
  if (dims.length !== 2 || exampleDims(dims)[0] !== width) {
    throw new ModelBuildError({
      ...place,
      incoming: dims,
      needs: `where ${width} numbers for the outputs ${target.outputs.map(({ name }) => name).join(', ')} are needed: this model does not make several outputs; write it as layers, and label each output`,
    });
  }
  let start = 0;
  target.outputs.forEach(({ name, target: single }, index) => {
    const end = start + sizes[index]!;
    const range = [builder.ints([start]), builder.ints([end]), builder.ints([1])];
    const part = builder.op('Slice', [whole, ...range], {}, `${name}/numbers`);
    start = end;
    const wanted = outputDimsFor(single, features);
    const shaped =
      wanted.length === 1
        ? part
        : builder.op('Reshape', [part, builder.ints([0, ...wanted])], {}, `${name}/shaped`);
    builder.output(inTableUnits(builder, shaped, single, `${name}/units`), name);
  });
}
