import type { InputBinding, OnnxModelJob } from '../../job/job.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { constantTensor } from '../../onnx/constants.ts';
import type { ValueInfo } from '../../onnx/model.ts';
import type { FeatureSpec } from '../specs.ts';
import { nearestNames } from './glob.ts';
import { misfit, quoted } from './misfit.ts';

/** Which of a model's inputs takes the features, and what the others are made of. */
export interface BoundInputs {
  readonly features: ValueInfo;
  readonly others: readonly { readonly input: ValueInfo; readonly binding: InputBinding }[];
}

/** What exporters' usual inputs are, for the advice in a message. */
const USUAL: readonly (readonly [RegExp, string])[] = [
  [/mask/i, 'ones'],
  [/type/i, 'zeros'],
  [/position/i, 'range'],
];

/**
 * @param inputs those that the wanted output depends on
 * @throws ModelBuildError when an input is not bound, or more than one takes the features
 */
export function bindInputs(inputs: readonly ValueInfo[], given: OnnxModelJob['inputs'] = {}): BoundInputs {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw misfit(
      `the model's output does not depend on an input '${name}'; nearest: ${quoted(nearestNames(name, names))}`,
      ['inputs', name],
    );
  }
  if (inputs.length === 0)
    throw misfit(
      'its output depends on no input, so there is nothing to learn: name another one, output: NAME, or export the model again',
    );
  const taking = inputs.filter(({ name }) => given[name]?.kind === 'features');
  const open = inputs.filter(({ name }) => given[name] === undefined);
  if (taking.length > 1)
    throw misfit(`one input takes the features, not ${quoted(taking.map(({ name }) => name))}`, 'inputs');
  const features = taking[0] ?? (open.length === 1 ? open.shift() : undefined);
  if (features === undefined || open.length > 0) {
    throw misfit(
      `the model must have one input for the features; it has ${quoted(names)}. Say what each of them takes: ${advice(inputs)}`,
      'inputs',
    );
  }
  return {
    features,
    others: inputs.flatMap((input) => {
      const binding = given[input.name];
      return binding === undefined || input.name === features.name ? [] : [{ input, binding }];
    }),
  };
}

function advice(inputs: readonly ValueInfo[]): string {
  let taken = false;
  const lines = inputs.map(({ name }) => {
    const usual = USUAL.find(([pattern]) => pattern.test(name))?.[1];
    if (usual !== undefined) return `${name}: ${usual}`;
    const word = taken ? 'zeros' : 'features';
    taken = true;
    return `${name}: ${word}`;
  });
  return `inputs: { ${lines.join(', ')} }`;
}

/**
 * The value that the features' input sees: the features, cast to its integer type. Fractions are cut off.
 *
 * @throws ModelBuildError when the input takes another kind of number than the data has
 */
export function castFeatures(
  builder: GraphBuilder,
  value: string,
  input: ValueInfo,
  features: FeatureSpec,
  name: string,
): string {
  const integers = input.type === 'int64' || input.type === 'int32';
  const given = features.type ?? 'float32';
  if (given === 'int32' && !integers) {
    throw misfit(
      `its input '${input.name}' is ${input.type}, and the data are tokens of a text: it takes numbers, as data.features.columns give them`,
    );
  }
  if (given === 'float32' && input.type !== 'float32') {
    if (!integers)
      throw misfit(
        `its input '${input.name}' is ${input.type}; features are float32: export it with a float32 input`,
      );
    // Ids in the columns of a table are whole numbers as they are.
    if (features.normalize.kind !== 'none')
      throw misfit(
        `its input '${input.name}' is ${input.type}, for whole numbers such as token ids: data.features.normalize must be none`,
      );
  }
  if (input.type === given) return value;
  return builder.node(
    'Cast',
    [value],
    { to: input.type },
    { name: `${name}_cast`, outputs: [name] },
  )[0] as string;
}

/**
 * Nodes that make an input which the data does not hold, for as many examples as there are.
 *
 * @param tokens the features as the model's own input sees them
 * @throws ModelBuildError when a size of it is not known
 */
export function makeInput(
  builder: GraphBuilder,
  { input, binding }: BoundInputs['others'][number],
  tokens: string,
  name: string,
): string {
  const sizes = input.dims.slice(1);
  const unknown = sizes.find((dim) => typeof dim === 'string');
  if (unknown !== undefined) {
    throw misfit(
      `its input '${input.name}' is [${input.dims.join(', ')}]: say how large '${unknown}' is, dims: { ${unknown}: 128 }`,
      ['inputs', input.name],
    );
  }
  const outputs = { name: `${name}_made`, outputs: [name] };
  if (binding.kind === 'not-padding') {
    const padding = builder.constant(constantTensor(builder.typeOf(tokens).type, [], [binding.padding]));
    const same = builder.op('Equal', [tokens, padding], {}, `${name}_padding`);
    const kept = builder.op('Not', [same], {}, `${name}_kept`);
    return builder.node('Cast', [kept], { to: input.type }, outputs)[0] as string;
  }
  const batch = builder.op('Shape', [tokens], { start: 0, end: 1 }, `${name}_batch`);
  const isBatch = typeof input.dims[0] === 'string';
  const shape = !isBatch
    ? builder.ints(input.dims as number[])
    : sizes.length === 0
      ? batch
      : builder.op('Concat', [batch, builder.ints(sizes as number[])], { axis: 0 }, `${name}_shape`);
  const length = binding.kind === 'range' ? Number(input.dims.at(-1)) : 1;
  const values = Array.from({ length }, (_, index) =>
    binding.kind === 'range' ? index : binding.kind === 'ones' ? 1 : 0,
  );
  const dims = binding.kind === 'range' ? [length] : [];
  const value = builder.constant(constantTensor(input.type, dims, values));
  return builder.node('Expand', [value, shape], {}, outputs)[0] as string;
}
