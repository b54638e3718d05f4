import type { Model } from '../model.ts';
import { inferGraph } from '../shapes/infer.ts';
import type { Inspection, InspectOptions, Memory, Parameter, Steps } from './inspection.ts';
import { layersOf } from './layers.ts';
import type { InspectionLimits } from './limits.ts';
import { type Measured, measure } from './measure.ts';
import { spelled, spelledBytes } from './plain.ts';
import { hold } from './refused.ts';
import type { Scanned } from './scan.ts';
import { bytesOf, elementsOf } from './sizes.ts';
import { type OpenSizes, openSizes, withSizes } from './symbols.ts';

/** What an inspection knows before the figures. */
export interface Found {
  readonly scanned: Scanned;
  readonly bytes: number;
  readonly sha256: string;
  readonly limits: InspectionLimits;
  readonly options: InspectOptions;
  readonly steps: Steps;
}

const BATCH = 32;
/** Bytes of a float32. */
const WIDTH = 4;

/**
 * The figures of a model that was written out: of one example for operations, of a batch for memory.
 * @throws RefusedModelError beyond a limit; ModelError where no sizes of its open dimensions fit
 */
export function figuresOf(
  model: Model,
  { scanned, bytes, sha256, limits, options, steps }: Found,
): Inspection {
  const { graph } = model;
  const batch = options.batch ?? BATCH;
  const open = openSizes(graph);
  const { one, many, sizes } = withSizes(open, chosen(open, options.sizes ?? {}), (sizes) => {
    const of = (examples: number, held: 'sizes' | 'sizes and operations') => {
      const size = (symbol: string) => (open.batch.has(symbol) ? examples : (sizes[symbol] as number));
      // A batch is as much larger as it is asked to be: it is held to the memory, not to the size of a value.
      const bound =
        held === 'sizes and operations' ? limits : { ...limits, elements: limits.elements * examples };
      steps.done += graph.nodes.length;
      return measure(model, size, bound, held);
    };
    return { one: of(1, 'sizes and operations'), many: of(batch, 'sizes'), sizes };
  });
  const inferred = inferGraph(graph).types;
  const parameters = parametersOf(model);
  const numbers = (kind: Parameter['kind']) =>
    parameters.filter((p) => p.kind === kind).reduce((sum, p) => sum + elementsOf(p), 0);
  const [trainable, statistics] = [numbers('trainable'), numbers('statistic')];
  const memory = memoryOf(model, many, trainable);
  const need = `a batch of ${spelled(batch)} takes about ${spelledBytes(memory.total)} of memory to train`;
  hold(limits, 'memory', memory.total, need);
  const written = graph.nodes.length;
  hold(limits, 'nodes', written, `with its loops written out the model has ${spelled(written)} nodes`);
  const found = {
    bytes,
    parts: scanned.parts,
    nodes: Math.max(written, scanned.nodes),
    depth: scanned.depth,
    elements: one.elements,
    memory: memory.total,
    operations: one.operations,
  };
  return {
    verdict: 'accepted',
    sha256,
    bytes,
    producer: model.producer,
    inputs: graph.inputs.map(({ name, type, dims }) => ({ name, type, dims })),
    // What the file says of them may be stale, or nothing.
    outputs: graph.outputs.map(({ name, type, dims }) => ({ name, type, dims, ...inferred.get(name) })),
    layers: layersOf(graph, one),
    operators: operatorsOf(model),
    parameters,
    trainable,
    statistics,
    update: (trainable + statistics) * WIDTH,
    sizes: { ...Object.fromEntries([...open.batch].map((name) => [name, batch])), ...sizes },
    batch,
    memory,
    operations: { multiplyAdds: one.multiplyAdds, forward: one.operations, training: 3 * one.operations },
    checked: Object.fromEntries(
      Object.entries(found).map(([name, value]) => [
        name,
        { found: value, allowed: limits[name as keyof InspectionLimits] },
      ]),
    ) as Inspection['checked'],
    steps: steps.done,
    ...(scanned.elsewhere > 0 && { elsewhere: scanned.elsewhere }),
  };
}

function chosen({ others }: OpenSizes, sizes: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(sizes).filter(([name]) => others.includes(name)));
}

/** Every float32 initializer that a node reads, in order of first use, statistics last: what the layout of a run holds. */
function parametersOf({ graph: { nodes, initializers } }: Model): Parameter[] {
  const statistics = new Set(
    nodes.flatMap(({ op, inputs }) => (op === 'BatchNormalization' ? inputs.slice(3, 5) : [])),
  );
  const names = new Set(nodes.flatMap(({ inputs }) => inputs));
  const found = [...names].flatMap((name): Parameter[] => {
    const tensor = initializers.get(name);
    if (tensor?.type !== 'float32') return [];
    return [{ name, dims: tensor.dims, kind: statistics.has(name) ? 'statistic' : 'trainable' }];
  });
  return [
    ...found.filter(({ kind }) => kind === 'trainable'),
    ...found.filter(({ kind }) => kind === 'statistic'),
  ];
}

function memoryOf({ graph }: Model, measured: Measured, trainable: number): Memory {
  let stored = 0;
  for (const tensor of graph.initializers.values()) stored += bytesOf(tensor);
  for (const node of graph.nodes) {
    const type = node.op === 'Constant' && measured.types.get(node.outputs[0] ?? '');
    if (type) stored += bytesOf(type);
  }
  const parts = {
    stored,
    gradients: trainable * WIDTH,
    optimizer: 2 * trainable * WIDTH,
    activations: measured.activations,
    working: 2 * measured.largest + measured.scratch,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

function operatorsOf({ graph: { nodes } }: Model): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
