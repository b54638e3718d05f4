import { GraphBuilder } from '../../onnx/builder.ts';
import type { Model, Node, ValueInfo } from '../../onnx/model.ts';
import { checkOutput, lastLayer } from '../check-output.ts';
import { LayerStack } from '../layers/stack.ts';
import { normalizeFeatures } from '../normalize.ts';
import { inTableUnits, targetScale } from '../scale.ts';
import { FEATURES, type FeatureSpec, outputDimsFor, probabilitiesOf, RESERVED_NAMES } from '../specs.ts';
import { type BoundInputs, castFeatures, makeInput } from './inputs.ts';
import { misfit } from './misfit.ts';
import type { Selected } from './select.ts';
import type { Signature } from './signature.ts';
import type { TrainingPlan } from './training-plan.ts';
import type { Weight } from './weights.ts';

/** One walk over the imported graph that writes the training model. */
export class TrainingModel {
  private readonly builder = new GraphBuilder();
  private readonly names = new Map<string, string>();
  private readonly frozen: string[] = [];

  constructor(
    private readonly source: Model,
    private readonly features: FeatureSpec,
    private readonly selected: readonly Selected[],
    private readonly weights: readonly Weight[],
    private readonly plan: TrainingPlan,
  ) {}

  /** @returns the model, what of the file it keeps, and the weights of its new layers */
  build(inputs: BoundInputs, seed: number, original: Model) {
    const { builder, names, source, selected } = this;
    const { nodes, initializers } = source.graph;
    const taken = new Set([
      ...initializers.keys(),
      ...nodes.flatMap((node) => [...node.inputs, ...node.outputs]),
    ]);
    builder.reserve(taken);
    const given = [inputs.features, ...inputs.others.map(({ input }) => input)];
    const results = selected.map(({ result }) => result);
    // The export makes an output anew whose activation was taken off: inside, what others read gives way.
    const anew = selected.flatMap(({ activation, called }) => (activation ? [called] : []));
    const reserved = new Set([...RESERVED_NAMES, ...results, ...results.map(probabilitiesOf), ...anew]);
    for (const name of reserved) if (taken.has(name)) names.set(name, builder.unique(`${name}_inner`));
    this.addInputs(inputs);
    const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
    const direct = new Set<Selected>();
    for (const each of selected) {
      // Two outputs of one value: the second is a copy of the first.
      if (each.head || !produced.delete(each.value)) continue;
      names.set(each.value, each.result);
      direct.add(each);
    }
    this.addWeights();
    for (const node of nodes) this.addNode(node);
    for (const each of selected) {
      const { value, result, head, path } = each;
      if (head) {
        const prefix = selected.length > 1 ? `head.${result}.` : 'head.';
        const place = ['onnx', ...path, 'layers'];
        const stack = new LayerStack(builder, seed, prefix);
        // What the file's own end makes is in the table's units already; new layers begin near 0.
        const called = targetScale(each.target) ? undefined : result;
        const last = stack.append(head.layers, this.renamed(value), place, called);
        const end = inTableUnits(builder, last, each.target, result);
        // The name of a value of the file, which gave way, is reserved.
        if (end !== result) builder.node('Identity', [end], {}, { outputs: [result] });
      } else if (!direct.has(each))
        builder.node('Identity', [this.renamed(value)], {}, { outputs: [result] });
      this.checkResult(each);
      builder.output(result);
    }
    const called = exportedNames(selected, taken, original.graph.inputs);
    const before = new Map(original.graph.inputs.map((input) => [input.name, input]));
    const signature: Signature = {
      inputs: given.map(({ name }) => {
        const { type, dims } = before.get(name) as ValueInfo;
        const seen = this.renamed(name);
        const isFeatures = name === inputs.features.name && builder.producer(seen)?.op !== 'Cast';
        return { name, type, dims, value: isFeatures ? FEATURES : seen };
      }),
      outputs: selected.map(({ output, activation, result }, at) => {
        const axis = activation?.attributes['axis'];
        return {
          name: called[at]!,
          value: result,
          type: (original.graph.outputs.find(({ name }) => name === output.name) ?? output).type,
          ...(activation
            ? { activation: { op: activation.op, ...(axis?.kind === 'int' ? { axis: axis.value } : {}) } }
            : {}),
        };
      }),
      frozen: this.frozen,
      renamed: Object.fromEntries(
        [...names]
          .filter(([then, now]) => now.endsWith('_inner') && !given.some(({ name }) => name === then))
          .map(([then, now]) => [now, then]),
      ),
    };
    const model = builder.build({ name: source.graph.name || 'model' });
    const ofFile = new Set([...this.plan].map((name) => this.renamed(name)));
    const fresh = [...model.graph.initializers].filter(([name]) => !ofFile.has(name));
    return { model, signature, head: fresh.map(([name, { dims }]) => ({ name, dims })) };
  }

  private renamed(name: string): string {
    return this.names.get(name) ?? name;
  }

  private addInputs(inputs: BoundInputs): void {
    const { builder, features, names } = this;
    const raw = builder.input(FEATURES, features.type ?? 'float32', ['batch', ...features.shape]);
    const normalized = normalizeFeatures(builder, raw, features);
    const { name } = inputs.features;
    const seen = castFeatures(builder, normalized, inputs.features, features, this.renamed(name));
    names.set(name, seen);
    for (const other of inputs.others) makeInput(builder, other, seen, this.renamed(other.input.name));
  }

  private addWeights(): void {
    const { builder, names, weights, plan } = this;
    const found = new Map(weights.map((weight) => [weight.name, weight]));
    for (const [name, tensor] of this.source.graph.initializers) {
      if (plan.has(name)) builder.initializer(this.renamed(name), tensor);
      else if (found.has(name)) {
        this.frozen.push(this.renamed(name));
        builder.node(
          'Constant',
          [],
          { value: tensor },
          { name: `${name}_frozen`, outputs: [this.renamed(name)] },
        );
      } else names.set(name, builder.constant(tensor, name));
    }
    // Constants that feed a weight's place become parameters under their own names; frozen ones stay what they are.
    for (const { name, tensor } of weights) {
      if (plan.has(name) && !this.source.graph.initializers.has(name))
        builder.initializer(this.renamed(name), tensor);
    }
  }

  private addNode(node: Node): void {
    if (node.op === 'Constant' && this.plan.has(node.outputs[0] as string)) return;
    this.builder.node(
      node.op,
      node.inputs.map((name) => this.renamed(name)),
      node.attributes,
      {
        outputs: node.outputs.map((name) => this.renamed(name)),
        name: node.name,
        domain: node.domain,
      },
    );
  }

  private checkResult({ result, output, target, path, head }: Selected): void {
    const { type, dims } = this.builder.typeOf(result);
    const wanted = ['batch', ...outputDimsFor(target, this.features)];
    if (
      type === 'float32' &&
      dims.length === wanted.length &&
      dims.every((dim, axis) => dim === wanted[axis])
    )
      return;
    if (head) {
      const name = this.selected.length > 1 ? result : undefined;
      const place = lastLayer(head.layers, ['onnx', ...path, 'layers']);
      checkOutput(this.builder, result, this.features, target, { ...place, ...(name && { name }) });
    }
    const hint =
      typeof dims[0] === 'number'
        ? ': its batch size is fixed, export it with a dynamic batch dimension'
        : dims.length === wanted.length
          ? `: replace its end, ${inside(path, `{ layers: [dense: ${wanted.at(-1)}] }`)}`
          : `: choose another output, or replace its end with ${path.join('.')}`;
    throw misfit(
      `as the model's output${this.selected.length > 1 ? ` '${output.name}'` : ''} (${type}), but the target needs float32 [${wanted.join(', ')}]${hint}`,
      undefined,
      dims,
      path.length > 1 ? result : undefined,
    );
  }
}

/**
 * The exported file's names of its outputs: those of the file; of a head its target's, where a value inside still has the file's.
 *
 * @param taken names of values inside
 */
function exportedNames(
  selected: readonly Selected[],
  taken: ReadonlySet<string>,
  inputs: readonly ValueInfo[],
): readonly string[] {
  const names = selected.map(({ head, called, result }) => (head && taken.has(called) ? result : called));
  for (const [at, name] of names.entries()) {
    const isInput = inputs.some((input) => input.name === name);
    if (!isInput && names.indexOf(name) === at) continue;
    const { output, result, path } = selected[at]!;
    throw misfit(
      `the exported model would have '${name}' twice, as the output for '${result}' (the file's '${output.name}') and as another ` +
        `${isInput ? 'input' : 'output'}: call the target otherwise`,
      path[0] === 'outputs' ? ['outputs', result] : 'output',
    );
  }
  return names;
}

/** `outputs: { digit: { head: … } }`. */
function inside([first, ...others]: readonly string[], text: string): string {
  return `${first}: ${others.length === 0 ? text : `{ ${inside(others, text)} }`}`;
}
