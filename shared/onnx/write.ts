import { type ByteSource, inMemory, joined, lengthOf } from './byte-source.ts';
import { DataFile } from './data-file.ts';
import { DATA_TYPES } from './data-types.ts';
import { OnnxFormatError } from './errors.ts';
import { placeOf } from './external-data.ts';
import { onnx } from './gen/onnx.js';
import { type AttributeValue, type Graph, type Model, UNKNOWN_DIMS, type ValueInfo } from './model.ts';
import { header, rewriteTensors } from './rewrite-tensors.ts';
import { bytesOfStored, StoredTensor } from './stored-tensor.ts';
import { MOST_BYTES } from './structure.ts';
import type { Tensor } from './tensor.ts';
import { writeTensor } from './tensor-proto.ts';

const encoder = new TextEncoder();

/** The bytes of an .onnx file. The same model gives the same bytes. Tensors are written as raw_data. */
export function writeModel(model: Model): Uint8Array {
  const pieces = modelPieces(model);
  const [first] = pieces;
  return first && pieces.length === 1 ? first.read(0, first.length) : joined(pieces);
}

/** Of a TensorProto. */
const RAW_DATA = 9;

/**
 * What `writeModel` writes, as pieces that follow each other: tensors that lie in a file are read from it when their piece is.
 *
 * @param elsewhere the place of a tensor that is not in the message; constants have no name
 * @throws OnnxFormatError where it has more bytes than one protobuf message may have
 */
export function modelPieces(
  model: Model,
  elsewhere: (name: string, tensor: Tensor) => ReturnType<typeof placeOf> | undefined = () => undefined,
): readonly ByteSource[] {
  const stored = new Map<string, StoredTensor>();
  const bytes = encodeModel(model, (name, tensor) => {
    const place = elsewhere(name, tensor);
    if (place) return { ...described(name, tensor), ...place };
    if (!(tensor instanceof StoredTensor)) return writeTensor(name, tensor);
    const key = String(stored.size);
    stored.set(key, tensor);
    return { ...described(name, tensor), externalData: [{ key }] };
  });
  if (stored.size === 0) return [inMemory(bytes)];
  const pieces = rewriteTensors(inMemory(bytes), (start, stop) => {
    const { externalData, ...proto } = onnx.TensorProto.decode(bytes.subarray(start, stop));
    const tensor = stored.get(externalData?.[0]?.key ?? '');
    if (tensor === undefined) return undefined;
    const content = bytesOfStored(tensor);
    const before = onnx.TensorProto.encode(proto).finish();
    return [inMemory(before), inMemory(header(RAW_DATA, content.length)), content];
  });
  const length = lengthOf(pieces);
  if (length <= MOST_BYTES) return pieces;
  throw new OnnxFormatError(`the model has ${length} bytes, more than the 2 GB of one message`);
}

function described(name: string, { dims, type }: Tensor): onnx.TensorProto.$Properties {
  return { name, dims: [...dims], dataType: DATA_TYPES[type].code };
}

/** A model whose large tensors are in a file of their own. */
export interface ModelWithData {
  readonly model: Uint8Array;
  /** The other file, in pieces that follow each other: views of the model's tensors, or where they lie. */
  readonly data: readonly ByteSource[];
}

/**
 * The bytes of an .onnx file and of the data file beside it
 * (https://github.com/onnx/onnx/blob/main/docs/ExternalData.md), for models beyond the 2 GB of one protobuf message.
 * @param location the data file's path relative to the .onnx file
 * @param least tensors of fewer bytes stay in the .onnx file
 */
export function writeModelWithData(model: Model, location: string, least = 1024): ModelWithData {
  const data = new DataFile();
  const outside = (name: string, tensor: Tensor): onnx.TensorProto.$Properties => {
    if (tensor instanceof StoredTensor)
      return { ...described(name, tensor), ...data.put(location, bytesOfStored(tensor)) };
    const { rawData, ...proto } = writeTensor(name, tensor);
    if (!rawData || rawData.length < least) return rawData ? { ...proto, rawData } : proto;
    return { ...proto, ...data.put(location, inMemory(rawData)) };
  };
  return { model: encodeModel(model, outside), data: data.pieces };
}

/**
 * The bytes of a model for a runtime on this machine that opens files by itself: what lies in files stays there, and is named
 * as external data.
 *
 * @param locate the runtime's name for an absolute path; undefined where it cannot open it
 * @returns undefined where nothing lies in a file
 * @throws OnnxFormatError where a file is no longer what it was when it was opened
 */
export function writeReferring(
  model: Model,
  locate: (path: string) => string | undefined,
): Uint8Array | undefined {
  let refers = false;
  const bytes = encodeModel(model, (name, tensor) => {
    const place = tensor instanceof StoredTensor ? tensor.place : undefined;
    const location = place && locate(place.path);
    if (!(tensor instanceof StoredTensor) || !place || location === undefined)
      return writeTensor(name, tensor);
    refers = true;
    // The runtime would not notice that the file was changed.
    tensor.read(0, 1);
    const length = bytesOfStored(tensor).length;
    return { ...described(name, tensor), ...placeOf(location, place.offset, length) };
  });
  return refers ? bytes : undefined;
}

/** @param name '' for constants */
export type TensorWriter = (name: string, tensor: Tensor) => onnx.TensorProto.$Properties;

/** The message of a model, with what stands for each of its tensors. */
export function encodeModel(model: Model, tensors: TensorWriter): Uint8Array {
  const bytes = onnx.ModelProto.encode({
    irVersion: model.irVersion,
    producerName: model.producer,
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({ domain, version })),
    graph: writeGraph(model.graph, tensors),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
  }).finish();
  // protobufjs gives a Node Buffer where there is one.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeGraph(graph: Graph, tensors: TensorWriter): onnx.GraphProto.$Properties {
  return {
    name: graph.name,
    node: graph.nodes.map((node) => ({
      name: node.name,
      opType: node.op,
      domain: node.domain,
      input: [...node.inputs],
      output: [...node.outputs],
      attribute: Object.entries(node.attributes).map(([name, value]) => writeAttribute(name, value, tensors)),
    })),
    initializer: [...graph.initializers].map(([name, tensor]) => tensors(name, tensor)),
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
  };
}

function writeAttribute(
  name: string,
  attribute: AttributeValue,
  tensors: TensorWriter,
): onnx.AttributeProto.$Properties {
  switch (attribute.kind) {
    case 'float':
      return { name, type: 1, f: attribute.value };
    case 'int':
      return { name, type: 2, i: attribute.value };
    case 'string':
      return { name, type: 3, s: encoder.encode(attribute.value) };
    case 'tensor':
      return { name, type: 4, t: tensors('', attribute.value) };
    case 'graph':
      return { name, type: 5, g: writeGraph(attribute.value, tensors) };
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
