import { bytesPerElement, dataTypeOfCode } from './data-types.ts';
import { OnnxFormatError } from './errors.ts';
import { type ExternalReader, readExternal } from './external-data.ts';
import { onnx } from './gen/onnx.js';

type TensorProto = onnx.TensorProto.$Properties;
type NodeProto = onnx.NodeProto.$Properties;

/** One protobuf message has fewer bytes than this. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The same file with the tensors it keeps in other files inside, as PyTorch's exporter writes large models; a file that
 * keeps none, or is no model, is given back as it is.
 * @throws OnnxFormatError for data that does not fit, or beyond 2 GB
 */
export function embedExternalData(bytes: Uint8Array, read: ExternalReader): Uint8Array {
  const model = decode(bytes);
  if (model === undefined) return bytes;
  let size = bytes.length;
  let found = 0;
  const embed = (tensor: TensorProto): TensorProto => {
    if (tensor.dataLocation !== 1) return tensor;
    const type = dataTypeOfCode(tensor.dataType ?? 0);
    // What type that is, the reader of the model says better.
    if (type === undefined) return tensor;
    const elements = (tensor.dims ?? []).reduce<number>((product, dim) => product * Number(dim), 1);
    const needed = elements * bytesPerElement(type);
    size += needed;
    if (!(size <= MOST_BYTES)) {
      throw new OnnxFormatError(
        `with its data in other files the model has more than 2 GB, which does not fit one message`,
      );
    }
    found += 1;
    const rawData = readExternal(tensor, needed, `tensor ${JSON.stringify(tensor.name ?? '')}`, read);
    return { ...tensor, rawData, dataLocation: 0, externalData: [] };
  };
  const ofNodes = (nodes: readonly NodeProto[] | null | undefined): NodeProto[] =>
    (nodes ?? []).map((node) => ({
      ...node,
      attribute: (node.attribute ?? []).map((attribute) => ({
        ...attribute,
        ...(attribute.t && { t: embed(attribute.t) }),
        ...(attribute.g && { g: ofGraph(attribute.g) }),
      })),
    }));
  const ofGraph = (graph: onnx.GraphProto.$Properties): onnx.GraphProto.$Properties => ({
    ...graph,
    node: ofNodes(graph.node),
    initializer: (graph.initializer ?? []).map(embed),
  });
  const whole = {
    ...model,
    ...(model.graph && { graph: ofGraph(model.graph) }),
    functions: (model.functions ?? []).map((f) => ({ ...f, node: ofNodes(f.node) })),
  };
  if (found === 0) return bytes;
  const encoded = onnx.ModelProto.encode(whole).finish();
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

/** Undefined for what is no model: its reader says that better. */
function decode(bytes: Uint8Array): onnx.ModelProto.$Properties | undefined {
  try {
    return onnx.ModelProto.decode(bytes);
  } catch {
    return undefined;
  }
}
