import type { Model } from '../../onnx/model.ts';
import { valuesUsedBy } from '../../onnx/prune.ts';
import { ValueBytes } from './value-bytes.ts';

/**
 * The most bytes of activations that are alive at once when the nodes run in their order: each from the node that computes
 * it to the last that reads it. Weights, gradients of weights and constants are not counted.
 *
 * @param batch stands for every dimension that has no number
 */
export function liveBytes(model: Model, batch: number): number {
  const { graph } = model;
  const values = new ValueBytes(graph, batch);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, at) => {
    for (const value of [...valuesUsedBy(node), ...node.outputs]) lastUse.set(values.rootOf(value), at);
  });
  let live = 0;
  let peak = 0;
  const ends = new Map<number, number>();
  graph.nodes.forEach((node, at) => {
    for (const output of node.outputs) {
      if (output === '' || outputs.has(output) || !values.isActivation(output)) continue;
      if (values.rootOf(output) !== output) continue;
      const bytes = values.bytesOf(output);
      const last = lastUse.get(output) ?? at;
      live += bytes;
      ends.set(last, (ends.get(last) ?? 0) + bytes);
    }
    peak = Math.max(peak, live);
    live -= ends.get(at) ?? 0;
  });
  return peak;
}
