import { numberAttribute } from '../onnx/attributes.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { makeLayout, type ParameterEntry, type ParameterLayout } from './layout.ts';

type Entry = Omit<ParameterEntry, 'offset' | 'length'>;

/**
 * The layout of a model's parameters: every float32 initializer that a node uses, in order of first use. The running
 * mean and variance of BatchNormalization (its inputs 3 and 4) are buffers, all others are trainable.
 */
export function layoutOf(model: Model): ParameterLayout {
  const { nodes, initializers } = model.graph;
  const statistics = statisticsOf(model);
  const entries = new Map<string, Entry>();
  for (const name of nodes.flatMap((node) => node.inputs)) {
    const tensor = initializers.get(name);
    if (tensor?.type !== 'float32' || entries.has(name)) continue;
    const statistic = statistics.get(name);
    entries.set(name, {
      name,
      dims: tensor.dims,
      section: statistic ? 'buffers' : 'trainable',
      decay: !statistic && tensor.dims.length >= 2,
      ...(statistic ? { statistic } : {}),
    });
  }
  return makeLayout([...entries.values()]);
}

function statisticsOf(model: Model): Map<string, NonNullable<Entry['statistic']>> {
  const normalizations = model.graph.nodes.filter(({ op }) => op === 'BatchNormalization');
  const statistics = new Map<string, NonNullable<Entry['statistic']>>();
  if (normalizations.length === 0) return statistics;
  const types = GraphBuilder.from(model);
  for (const node of normalizations) {
    const [input, , , mean, variance] = node.inputs;
    if (input === undefined || mean === undefined || variance === undefined) continue;
    const { dims } = types.typeOf(input);
    const positions = dims
      .slice(2)
      .reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1);
    // The attribute is a float32 once it was written to a file; the same layout comes out before and after.
    const momentum = Math.round((1 - numberAttribute(node, 'momentum')) * 1e6) / 1e6;
    statistics.set(mean, { kind: 'mean', partner: variance, momentum, positions });
    statistics.set(variance, { kind: 'variance', partner: mean, momentum, positions });
  }
  return statistics;
}
