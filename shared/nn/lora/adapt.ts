import type { LoraJob } from '../../job/job.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Model, Node } from '../../onnx/model.ts';
import { initialValue } from '../initializers/initializers.ts';
import { Magnitude } from './magnitude.ts';
import { moduleName } from './module-name.ts';
import { type AdapterPlan, planAdapters } from './plan.ts';
import { type Adapter, withAdapters } from './record.ts';

/**
 * Low-rank adapters (Hu et al. 2021, "LoRA") beside frozen weights: y + alpha/rank · B A x, as nodes of the graph. A and
 * B are new initializers, so only they are in the layout, in updates and on the wire; the base stays a Constant. A starts
 * as PyTorch's Linear does and B at zero (for an embedding the other way round, as in PEFT), so nothing changes at first.
 *
 * @throws ModelBuildError when a target matches no weight of a MatMul, Gemm, Conv or Gather, or one that trains itself
 */
export function addAdapters(model: Model, job: LoraJob, seed: number): Model {
  const plans = planAdapters(model, job);
  const byNode = new Map(plans.flatMap((plan) => plan.uses.map(({ node }) => [node.name, plan] as const)));
  const builder = new GraphBuilder();
  builder.reserve(model.graph.nodes.flatMap(({ outputs }) => outputs));
  for (const { name, type, dims } of model.graph.inputs) builder.input(name, type, dims);
  for (const [name, tensor] of model.graph.initializers) builder.initializer(name, tensor);
  const adapters = plans.map((plan) => new AdapterWriter(builder, plan, job, seed));
  const writers = new Map(adapters.map((writer) => [writer.plan, writer]));
  for (const node of model.graph.nodes) {
    const plan = byNode.get(node.name);
    if (plan) writers.get(plan)?.write(node);
    else copy(builder, node);
  }
  for (const { name } of model.graph.outputs) builder.output(name);
  const built = builder.build({ name: model.graph.name, metadata: model.metadata, producer: model.producer });
  const { rank, alpha, dropout } = job;
  return withAdapters(built, { rank, alpha, dropout, adapters: adapters.map((writer) => writer.adapter()) });
}

/** Writes the nodes of one adapter: where the weight is used twice, with the same A and B. */
class AdapterWriter {
  private readonly scale: number;
  private readonly a: string;
  private readonly b: string;
  private readonly module: string;
  private readonly outputs: Record<string, string> = {};
  private readonly nodes: string[] = [];
  private readonly magnitude: Magnitude | undefined;

  constructor(
    private readonly builder: GraphBuilder,
    readonly plan: AdapterPlan,
    private readonly job: LoraJob,
    seed: number,
  ) {
    const { weight, kind, transposed } = plan;
    const { dims } = weight.tensor;
    const { rank, alpha } = job;
    this.scale = alpha / rank;
    this.module = moduleName(weight);
    const [rows, columns] = dims as [number, number];
    const [out, into] = kind === 'dense' && !transposed ? [columns, rows] : [rows, columns];
    const kernel = dims.slice(2);
    const key = (name: string) => ({ seed, name });
    if (kind === 'embedding') {
      this.a = `${this.module}.lora_embedding_A`;
      this.b = `${this.module}.lora_embedding_B`;
      const fans = { fanIn: rank, fanOut: columns };
      builder.initializer(this.a, initialValue('zeros', [rows, rank], fans, key(this.a)));
      builder.initializer(this.b, initialValue({ normal: 1 }, [columns, rank], fans, key(this.b)));
      return;
    }
    this.a = `${this.module}.lora_A.weight`;
    this.b = `${this.module}.lora_B.weight`;
    const fanIn = into * kernel.reduce((product, size) => product * size, 1);
    const ones = kernel.map(() => 1);
    builder.initializer(
      this.a,
      initialValue('fan-in-uniform', [rank, into, ...kernel], { fanIn, fanOut: rank }, key(this.a)),
    );
    builder.initializer(
      this.b,
      initialValue('zeros', [out, rank, ...ones], { fanIn: rank, fanOut: out }, key(this.b)),
    );
    const { a, b, scale } = this;
    if (job.dora) {
      const of = { weight: weight.name, tensor: weight.tensor, kind, transposed, a, b, scale };
      this.magnitude = new Magnitude(builder, of, this.module);
    }
  }

  write(node: Node): void {
    const { builder, plan } = this;
    const output = node.outputs[0] as string;
    const base = builder.unique(`${output}/base`);
    this.outputs[base] = output;
    copy(builder, { ...node, outputs: [base] });
    const begin = builder.nodes.length;
    const [data = '', indices = ''] = node.inputs;
    const name = (part: string) => `${node.name}/lora_${part}`;
    const across = (value: string) => builder.op('Transpose', [value], { perm: [1, 0] }, name('across'));
    const down = (): string => {
      if (plan.kind === 'embedding')
        return builder.op('Gather', [this.a, indices], { axis: 0 }, name('down'));
      const given = this.dropped(data, name('dropout'));
      if (plan.kind === 'dense') return builder.op('MatMul', [given, across(this.a)], {}, name('down'));
      return builder.op('Conv', [given, this.a], node.attributes, name('down'));
    };
    // The small value is scaled, not the large one.
    const scaled = builder.op('Mul', [down(), builder.scalar(this.scale)], {}, name('scaled'));
    const change =
      plan.kind === 'conv'
        ? builder.op('Conv', [scaled, this.b], {}, name('up'))
        : builder.op('MatMul', [scaled, across(this.b)], {}, name('up'));
    if (this.magnitude) this.magnitude.apply(node, base, change, output, name);
    else builder.node('Add', [base, change], {}, { name: name('add'), outputs: [output] });
    this.nodes.push(
      ...builder.nodes
        .slice(begin)
        .filter(({ op }) => op !== 'Constant')
        .map((added) => added.name),
    );
  }

  adapter(): Adapter {
    const { weight, kind, transposed } = this.plan;
    const { module, a, b, outputs, nodes } = this;
    const magnitude = this.magnitude?.name;
    const record = { weight: weight.name, kind, transposed, module, a, b, outputs, nodes };
    return magnitude === undefined ? record : { ...record, magnitude };
  }

  private dropped(value: string, name: string): string {
    const { dropout } = this.job;
    return dropout === 0
      ? value
      : this.builder.op('Dropout', [value, this.builder.scalar(dropout)], {}, name);
  }
}

function copy(builder: GraphBuilder, { op, inputs, attributes, outputs, name, domain }: Node): void {
  builder.node(op, inputs, attributes, { outputs, name, domain });
}
