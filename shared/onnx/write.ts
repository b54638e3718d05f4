import { DATA_TYPES } from './data-types.ts';
import { onnx } from './gen/onnx.js';
import { type AttributeValue, type Graph, type Model, UNKNOWN_DIMS, type ValueInfo } from './model.ts';
import { writeTensor } from './tensor-proto.ts';

const encoder = new TextEncoder();

/** The bytes of an .onnx file. The same model gives the same bytes. Tensors are written as raw_data. */
export function writeModel(model: Model): Uint8Array {
  const bytes = onnx.ModelProto.encode({
    irVersion: model.irVersion,
    producerName: model.producer,
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({ domain, version })),
    graph: writeGraph(model.graph),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
  }).finish();
  // protobufjs gives a Node Buffer where there is one.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeGraph(graph: Graph): onnx.GraphProto.$Properties {
  return {
    name: graph.name,
    node: graph.nodes.map((node) => ({
      name: node.name,
      opType: node.op,
      domain: node.domain,
      input: [...node.inputs],
      output: [...node.outputs],
      attribute: Object.entries(node.attributes).map(([name, value]) => writeAttribute(name, value)),
    })),
    initializer: [...graph.initializers].map(([name, tensor]) => writeTensor(name, tensor)),
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
  };
}

function writeAttribute(name: string, attribute: AttributeValue): onnx.AttributeProto.$Properties {
  switch (attribute.kind) {
    case 'float':
      return { name, type: 1, f: attribute.value };
    case 'int':
      return { name, type: 2, i: attribute.value };
    case 'string':
      return { name, type: 3, s: encoder.encode(attribute.value) };
    case 'tensor':
      return { name, type: 4, t: writeTensor('', attribute.value) };
    case 'graph':
      return { name, type: 5, g: writeGraph(attribute.value) };
    case 'floats':
      return { name, type: 6, floats: [...attribute.value] };
    case 'ints':
      return { name, type: 7, ints: [...attribute.value] };
    case 'strings':
      return { name, type: 8, strings: attribute.value.map((text) => encoder.encode(text)) };
  }
}

function writeValueInfo(info: ValueInfo): onnx.ValueInfoProto.$Properties {
  const elemType = DATA_TYPES[info.type].code;
  const dim = info.dims.map((value) =>
    typeof value === 'number' ? { dimValue: value } : { dimParam: value },
  );
  const tensorType = info.dims === UNKNOWN_DIMS ? { elemType } : { elemType, shape: { dim } };
  return { name: info.name, type: { tensorType } };
}
