import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Graph, Node, ValueInfo } from '../../onnx/model.ts';
import { capturedBy } from '../../onnx/prune.ts';

export interface ScanParts {
  /** Before the names of the body's values: no value around a body may have the name of one in it. */
  readonly name: string;
  readonly nodes: readonly Node[];
  /** States, then slices; with the values that go in. */
  readonly inputs: readonly (ValueInfo & { readonly value: string })[];
  /** States, then slices. */
  readonly outputs: readonly ValueInfo[];
  readonly states: number;
  /** Whether the last slice comes first, of inputs and outputs alike. */
  readonly backward: boolean;
}

/** Appends a Scan along first axes. @returns its outputs */
export function scanNode(builder: GraphBuilder, parts: ScanParts): string[] {
  const { name, inputs, outputs, states, backward } = parts;
  const body = prefixed(
    {
      name,
      nodes: parts.nodes,
      inputs: inputs.map(({ name: input, type, dims }) => ({ name: input, type, dims })),
      outputs,
      initializers: new Map(),
    },
    `${builder.unique(`${name}/body`)}:`,
  );
  const directions = (count: number) => new Array<number>(count).fill(backward ? 1 : 0);
  return builder.node(
    'Scan',
    inputs.map(({ value }) => value),
    {
      body: { kind: 'graph', value: body },
      num_scan_inputs: inputs.length - states,
      scan_input_directions: { kind: 'ints', value: directions(inputs.length - states) },
      scan_output_directions: { kind: 'ints', value: directions(outputs.length - states) },
    },
    { name, outputs: outputs.length },
  );
}

function prefixed(body: Graph, prefix: string): Graph {
  const captured = new Set(capturedBy(body));
  const rename = (name: string) => (name === '' || captured.has(name) ? name : `${prefix}${name}`);
  const info = (value: ValueInfo): ValueInfo => ({ ...value, name: rename(value.name) });
  return {
    ...body,
    nodes: body.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    inputs: body.inputs.map(info),
    outputs: body.outputs.map(info),
  };
}
