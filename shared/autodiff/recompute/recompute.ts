import { GraphBuilder } from '../../onnx/builder.ts';
import type { Model, Node } from '../../onnx/model.ts';
import { prune, valuesUsedBy } from '../../onnx/prune.ts';
import { Barrier } from './barrier.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { ValueBytes } from './value-bytes.ts';

/** How activations are kept from the forward part of a step to the backward part. */
export type Recompute = 'off' | 'every-block' | 'auto';

/** Only ratios of sizes matter, so any number stands for the batch. */
const BATCH = 64;

/**
 * Gradient checkpointing (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016) as a rewrite of a gradient
 * graph: what lies inside a block of the forward graph is not kept for its gradients, but computed again right before
 * them, from what goes into the block. The same operators on the same numbers: gradients are the same to the bit.
 *
 * @param isForward tells the forward nodes from those of the gradients
 */
export function recomputed(
  model: Model,
  isForward: (node: Node) => boolean,
  choice: Exclude<Recompute, 'off'>,
): Model {
  const { graph } = model;
  const forward = graph.nodes.filter(isForward);
  const backward = graph.nodes.filter((node) => !isForward(node));
  const values = new ValueBytes(graph, BATCH);
  const made = new Set(forward.flatMap(({ outputs }) => outputs));
  const saved = new Set(backward.flatMap(valuesUsedBy).filter((value) => made.has(value)));
  const segments = segmentsOf(forward, saved, values, choice);
  if (segments.length === 0) return model;

  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const blocks = segments.map((segment) => blockOf(forward, segment, saved, outputs, values));
  const builder = GraphBuilder.from({ ...model, graph: { ...graph, nodes: forward, outputs: [] } });
  builder.reserve(backward.flatMap((node) => node.outputs));
  const barrier = new Barrier(builder);
  const again = new Map<string, string>();
  for (const node of backward) {
    const due = blocks.find((block) => valuesUsedBy(node).some((value) => block.needed.has(value)));
    if (due !== undefined && !due.done) {
      due.done = true;
      // What the first gradients of all read (the loss itself) would be computed twice in a row.
      if (barrier.isReady) repeat(builder, barrier, due, again);
    }
    const inputs = node.inputs.map((input) => again.get(input) ?? input);
    const { op, attributes, name, domain } = node;
    builder.node(op, inputs, attributes, { outputs: node.outputs, name, domain });
    // What is handed out is finished here: a block waits for it, or a runtime would compute all of them in the end.
    barrier.after(node.outputs.filter((output) => outputs.has(output)));
    barrier.latest(node.outputs.find((output) => values.isActivation(output) && isFloat(builder, output)));
  }
  for (const { name } of graph.outputs) builder.output(name);
  const built = builder.build({ name: graph.name });
  return prune(
    { ...model, graph: { ...built.graph, outputs: graph.outputs } },
    graph.outputs.map(({ name }) => name),
  );
}

/** Nodes to repeat, in order, and the values that the gradients need of them. */
interface Block {
  readonly nodes: readonly Node[];
  readonly needed: ReadonlySet<string>;
  /** Activations that go into the nodes from outside. */
  readonly entries: readonly string[];
  done: boolean;
}

function blockOf(
  forward: readonly Node[],
  { start, end }: Segment,
  saved: ReadonlySet<string>,
  outputs: ReadonlySet<string>,
  values: ValueBytes,
): Block {
  const inside = forward.slice(start, end).filter((node) => node.outputs.some((o) => values.isActivation(o)));
  // What later blocks read is kept between them, and outputs of the program are there anyway.
  const later = new Set(forward.slice(end).flatMap(valuesUsedBy));
  const isKept = (value: string) => later.has(value) || outputs.has(value);
  const needed = new Set(
    inside.flatMap((node) => node.outputs.filter((output) => saved.has(output) && !isKept(output))),
  );
  const wanted = new Set(needed);
  const nodes = [...inside].reverse().filter((node) => {
    if (!node.outputs.some((output) => wanted.has(output))) return false;
    for (const input of valuesUsedBy(node)) if (!isKept(input)) wanted.add(input);
    return true;
  });
  nodes.reverse();
  const own = new Set(nodes.flatMap((node) => node.outputs));
  const entries = [...new Set(nodes.flatMap(valuesUsedBy))].filter(
    (value) => values.isActivation(value) && (!own.has(value) || isKept(value)),
  );
  return { nodes, needed, entries, done: false };
}

/** Writes a block's nodes again, behind everything that was computed before. */
function repeat(builder: GraphBuilder, barrier: Barrier, block: Block, again: Map<string, string>): void {
  const renamed = new Map(barrier.behind(block.entries));
  for (const { op, inputs, outputs, attributes, name, domain } of block.nodes) {
    const copies = outputs.map((output) => (output === '' ? '' : builder.unique(`${output}/again`)));
    builder.node(
      op,
      inputs.map((input) => renamed.get(input) ?? input),
      attributes,
      {
        outputs: copies,
        name: `${name}/again`,
        domain,
      },
    );
    outputs.forEach((output, index) => {
      if (output === '' || block.entries.includes(output)) return;
      renamed.set(output, copies[index]!);
      if (block.needed.has(output)) again.set(output, copies[index]!);
    });
  }
}

function isFloat(builder: GraphBuilder, value: string): boolean {
  const { type } = builder.typeOf(value);
  return type === 'float32' || type === 'float16';
}
