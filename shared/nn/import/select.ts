import type { OnnxHeadJob, OnnxModelJob, OnnxOutputJob } from '../../job/job.ts';
import type { Model, Node, ValueInfo } from '../../onnx/model.ts';
import { outputNameFor, type SingleTarget, type TargetSpec } from '../specs.ts';
import { nearestNames } from './glob.ts';
import { misfit, quoted } from './misfit.ts';

/** Where training takes a model's result: the value, and what the file made of it last. */
export interface Selected {
  /** The output as the file declares it. */
  readonly output: ValueInfo;
  /** What training reads: before the file's Softmax or Sigmoid, or where the new head begins. */
  readonly value: string;
  /** Taken off a classifier, since losses take logits; an export puts it back. */
  readonly activation: Node | undefined;
  /** What it is compared with, and the training model's name for it. */
  readonly target: SingleTarget;
  readonly result: string;
  /** The exported file's name for it. */
  readonly called: string;
  /** Layers in place of the file's. */
  readonly head?: OnnxHeadJob;
  /** Where the job says which, under `model.onnx`. */
  readonly path: readonly string[];
}

/** Outputs of a file that a message names. */
const MOST_NAMES = 20;

/**
 * The outputs that are trained: one, or of several targets those of their names, or that the job names for them.
 *
 * @throws ModelBuildError when one is not there, or which one of several is meant is not said
 */
export function selectOutputs(
  model: Model,
  target: TargetSpec,
  job: Pick<OnnxModelJob, 'output' | 'head' | 'outputs'>,
): readonly Selected[] {
  if (target.kind !== 'several') {
    if (job.outputs) {
      throw misfit('outputs is of several targets (data.targets); of one, use output and head', 'outputs');
    }
    const output = theOutput(model, target, job.output);
    return [selected(model, output, target, outputNameFor(target), job.head, ['head'])];
  }
  const key = job.output === undefined ? (job.head === undefined ? undefined : 'head') : 'output';
  if (key !== undefined) {
    throw misfit(
      `${key} is of models with one target; of several, say it for each: outputs: { ${target.outputs[0]!.name}: { ${key}: … } }`,
      key,
    );
  }
  const chosen = target.outputs.map(({ name, target: single }) => {
    const own = job.outputs?.[name];
    const output = outputOf(model, name, own);
    return selected(model, output, single, name, own?.head, ['outputs', name, 'head']);
  });
  const called = chosen.map(({ output }) => output.name);
  const inputs = new Set(model.graph.inputs.map(({ name }) => name));
  // The file has one name for them: each is called by its target's.
  return chosen.map((each) => {
    if (called.filter((name) => name === each.output.name).length === 1) return each;
    if (!inputs.has(each.result)) return { ...each, called: each.result };
    const needs = `'${each.result}' is an input of the file, and '${each.output.name}' is more than one target: call the target otherwise`;
    throw misfit(needs, ['outputs', each.result]);
  });
}

/** Of one of several targets: the output of its name, or that the job names for it; a head may begin at the only one. */
function outputOf({ graph }: Model, name: string, job: OnnxOutputJob | undefined): ValueInfo {
  const { outputs } = graph;
  const wanted = job?.output ?? name;
  const output = outputs.find((candidate) => candidate.name === wanted);
  if (output) return output;
  if (job?.head && job.output === undefined && outputs.length === 1) return outputs[0]!;
  const has = `the file has no such output: it has ${listed(
    wanted,
    outputs.map((each) => each.name),
  )}`;
  if (job?.output !== undefined) throw misfit(`it is '${wanted}', and ${has}`, ['outputs', name, 'output']);
  throw misfit(
    `data.targets names '${name}', and ${has}; say which it is with outputs: { ${name}: NAME }`,
    'outputs',
  );
}

/** The file's outputs; of very many those whose names are nearest. */
function listed(wanted: string, names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${quoted(nearestNames(wanted, names, MOST_NAMES))} and ${more} more` : quoted(names);
}

function selected(
  model: Model,
  output: ValueInfo,
  target: SingleTarget,
  result: string,
  head: OnnxHeadJob | undefined,
  path: Selected['path'],
): Selected {
  const given = { output, target, result, called: output.name, path };
  const producers = new Map(
    model.graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );
  const made =
    target.kind === 'class' || target.kind === 'symbols'
      ? 'Softmax'
      : target.kind === 'binary'
        ? 'Sigmoid'
        : undefined;
  let last = producers.get(output.name);
  // Exporters of other libraries end in a copy or a cast of the probabilities.
  while (last !== undefined && ['Identity', 'Cast'].includes(last.op))
    last = producers.get(last.inputs[0] as string);
  const activation = last !== undefined && last.op === made && last.domain === '' ? last : undefined;
  if (!head) return { ...given, value: activation?.inputs[0] ?? output.name, activation };
  const value = headInput(model, output.name, head.at, producers, [...path, 'at']);
  return { ...given, value, activation, head };
}

/** The only output; of several the one that the job names, or that is named as our own export names it. */
function theOutput(model: Model, target: SingleTarget, wanted: string | undefined): ValueInfo {
  const { outputs } = model.graph;
  const names = outputs.map(({ name }) => name);
  if (wanted !== undefined) {
    const output = outputs.find(({ name }) => name === wanted);
    if (output) return output;
    throw misfit(`it has no output '${wanted}': it has ${listed(wanted, names)}`, 'output');
  }
  const output =
    outputs.length === 1 ? outputs[0] : outputs.find(({ name }) => name === outputNameFor(target));
  if (output !== undefined) return output;
  throw misfit(
    `the model must have one output, or one named '${outputNameFor(target)}'; it has ${quoted(names)}: ` +
      `choose with output: ${(outputs.find(({ type }) => type.startsWith('float')) ?? outputs[0])?.name ?? 'NAME'}`,
    'output',
  );
}

/** A value by its name or its node's name; `last`: what the last dense layer reads. */
function headInput(
  model: Model,
  output: string,
  at: string,
  producers: ReadonlyMap<string, Node>,
  path: readonly string[],
): string {
  const { graph } = model;
  if (at === 'last') return beforeLastDense(output, producers, graph.initializers, path);
  if (producers.has(at) || graph.inputs.some(({ name }) => name === at)) return at;
  const node = graph.nodes.find(({ name }) => name === at);
  if (node) return node.outputs[0] as string;
  const names = graph.nodes.flatMap(({ name, outputs }) => [name, ...outputs]).filter((name) => name !== '');
  throw misfit(
    `there is no value or node '${at}'; nearest: ${quoted(nearestNames(at, [...new Set(names)]))}`,
    path,
  );
}

/** Walks back from the output through what has no weights, and a bias, to a Gemm or MatMul with a stored weight. */
function beforeLastDense(
  output: string,
  producers: ReadonlyMap<string, Node>,
  initializers: Model['graph']['initializers'],
  path: readonly string[],
): string {
  const isStored = (name: string): boolean => {
    const node = producers.get(name);
    if (node === undefined) return initializers.has(name);
    return (
      node.op === 'Constant' ||
      (['Transpose', 'Identity', 'Cast', 'Reshape'].includes(node.op) && isStored(node.inputs[0] as string))
    );
  };
  let node = producers.get(output);
  while (node !== undefined) {
    const [left = '', right = ''] = node.inputs;
    if ((node.op === 'Gemm' || node.op === 'MatMul') && isStored(right)) return left;
    node = producers.get(node.op === 'Add' && isStored(left) ? right : left);
  }
  throw misfit(
    `no dense layer leads to the output '${output}', so 'last' says nothing: name a value or a node instead (head: { at: NAME, … })`,
    path,
  );
}
