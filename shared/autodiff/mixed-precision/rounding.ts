import { GraphBuilder } from '../../onnx/builder.ts';
import type { Model } from '../../onnx/model.ts';
import { MOVERS } from './operators.ts';

/**
 * Makes a runtime without float16 kernels round as one with them. ONNX Runtime casts to float32 before such a node and back
 * behind it, and then drops the casts between two of them, so that nothing is rounded or overflows. An axis that comes and
 * goes, for which there are kernels of every type and which copies nothing, keeps the casts apart (measured: onnxruntime 1.30,
 * cpu and wasm).
 */
export function rounded(model: Model): Model {
  const { graph } = model;
  const builder = GraphBuilder.from({ ...model, graph: { ...graph, nodes: [], outputs: [] } });
  builder.reserve(graph.nodes.flatMap(({ outputs }) => outputs));
  const types = GraphBuilder.from(model);
  for (const { op, inputs, attributes, outputs, name, domain } of graph.nodes) {
    const isExact = domain === '' && (MOVERS.has(op) || op === 'Constant');
    const due = outputs.filter(
      (output) => !isExact && output !== '' && types.typeOf(output).type === 'float16',
    );
    const raw = new Map(due.map((output) => [output, builder.unique(`${output}/exact`)]));
    const named = outputs.map((output) => raw.get(output) ?? output);
    builder.node(op, inputs, attributes, { outputs: named, name, domain });
    for (const [output, exact] of raw) {
      const first = builder.ints([0]);
      const apart = builder.op('Unsqueeze', [exact, first], {}, `${output}/apart`);
      builder.node('Squeeze', [apart, first], {}, { outputs: [output], name: `${output}/rounded` });
    }
  }
  for (const { name } of graph.outputs) builder.output(name);
  return builder.build({ name: graph.name });
}
