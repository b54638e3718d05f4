import { inMemory } from './byte-source.ts';
import { dataTypeOfCode } from './data-types.ts';
import { unknownDim } from './dims.ts';
import { OnnxFormatError } from './errors.ts';
import type { ModelFile } from './external-data.ts';
import { onnx } from './gen/onnx.js';
import { inlineFunctions } from './inline-functions.ts';
import { toBigInt, toSafeInteger } from './integers.ts';
import type { ValueInfo } from './model.ts';
import { type AttributeValue, type Dim, type Graph, type Model, type Node, UNKNOWN_DIMS } from './model.ts';
import { NameScope } from './names.ts';
import { structureOf } from './structure.ts';
import type { Tensor } from './tensor.ts';
import { readTensor, readText } from './tensor-proto.ts';
import { countObjects } from './wire-scan.ts';

/** What a reader accepts from a stranger. */
export interface ReadLimits {
  /** Bytes of the file. A decoded model takes several times as much memory. */
  readonly bytes?: number;
  /** Nodes, tensors, attributes, and integers in lists: each takes a few hundred bytes of memory at most. */
  readonly objects?: number;
}

export interface ReadOptions extends ReadLimits {
  /** Replaces calls of the model's own functions by their bodies; without it such models are refused. */
  readonly inlineFunctions?: boolean;
  /** The most nodes that bodies of functions may add. Default 200,000. */
  readonly mostNodes?: number;
}

const OBJECTS = 2_000_000;
const LONGEST_SYMBOL = 200;
const LFS_POINTER = new TextEncoder().encode('version https://git-lfs');

/**
 * Reads an ONNX file: every tensor encoding, graph bodies, symbolic dimensions. Only structure is checked here;
 * `checkModel` says whether the graph makes sense.
 * @param file bytes, all of which are decoded; or where they lie: then large tensors stay there until they are asked for
 * @throws OnnxFormatError on bytes that are cut off or corrupt, sequences, sparse tensors; external data without `external`,
 * and functions unless the options allow them
 */
export function readModel(file: Uint8Array | ModelFile, options: ReadOptions = {}): Model {
  const files = file instanceof Uint8Array ? {} : file;
  const source = file instanceof Uint8Array ? inMemory(file) : file.source;
  if (options.bytes !== undefined && source.length > options.bytes) {
    throw new OnnxFormatError(`the model has ${source.length} bytes, allowed are ${options.bytes}`);
  }
  if (source.length === 0) throw new OnnxFormatError('the model is empty (0 bytes)');
  const begin = source.read(0, Math.min(LFS_POINTER.length, source.length));
  if (LFS_POINTER.every((byte, index) => begin[index] === byte))
    throw new OnnxFormatError('this is a Git LFS pointer, not the model that it stands for: git lfs pull');
  countObjects(file instanceof Uint8Array ? file : source, options.objects ?? OBJECTS);
  const bytes = file instanceof Uint8Array ? file : structureOf(source);
  const proto = decode(bytes);
  if (!proto.graph) throw new OnnxFormatError('this is not an ONNX model: it has no graph');
  const opsets: Record<string, number> = {};
  for (const entry of proto.opsetImport ?? []) {
    const domain = entry.domain === 'ai.onnx' ? '' : (entry.domain ?? '');
    opsets[domain] = toSafeInteger(entry.version ?? 0, `version of operator set ${JSON.stringify(domain)}`);
  }
  if (Object.keys(opsets).length === 0) throw new OnnxFormatError('the model names no operator set');
  if (!options.inlineFunctions && proto.functions && proto.functions.length > 0) {
    const names = proto.functions.map((f) => f.name).join(', ');
    throw new OnnxFormatError(
      `the model defines functions of its own (${names}), which are not supported: inline them with ` +
        `onnx.inliner.inline_local_functions(model)`,
    );
  }
  const metadata = (proto.metadataProps ?? []).map((entry) => [entry.key ?? '', entry.value ?? '']);
  return {
    irVersion: toSafeInteger(proto.irVersion ?? 0, 'IR version'),
    opsets,
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(' '),
    graph: readGraph(inlineFunctions(proto, options.mostNodes), false, files),
    metadata: Object.fromEntries(metadata),
  };
}

function decode(bytes: Uint8Array): onnx.ModelProto.$Shape {
  try {
    return onnx.ModelProto.decode(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OnnxFormatError(`this is not an ONNX model, or it is cut off or damaged: ${reason}`, { cause });
  }
}

function readGraph(proto: onnx.GraphProto.$Properties, isBody: boolean, files: Partial<ModelFile>): Graph {
  const sparse = proto.sparseInitializer?.length ?? 0;
  if (sparse > 0) throw new OnnxFormatError(`the graph has ${sparse} sparse initializers: store them dense`);
  const initializers = new Map<string, Tensor>();
  for (const tensor of proto.initializer ?? []) {
    if (!tensor.name) throw new OnnxFormatError('an initializer has no name');
    if (initializers.has(tensor.name)) throw new OnnxFormatError(`initializer ${tensor.name} is there twice`);
    initializers.set(tensor.name, readTensor(tensor, tensor.name, files));
  }
  const taken = new NameScope();
  return {
    name: proto.name ?? '',
    nodes: (proto.node ?? []).map((node, index) => readNode(node, index, taken, files)),
    // Before IR version 4 every initializer was listed as an input too.
    inputs: (proto.input ?? [])
      .filter((input) => !initializers.has(input.name ?? ''))
      .map((input) => readValueInfo(input, 'input', isBody, isBody)),
    outputs: (proto.output ?? []).map((output) => readValueInfo(output, 'output', true, isBody)),
    initializers,
  };
}

function readNode(
  proto: onnx.NodeProto.$Properties,
  index: number,
  taken: NameScope,
  files: Partial<ModelFile>,
): Node {
  if (!proto.opType) throw new OnnxFormatError(`node ${index} has no operator`);
  const name = taken.unique(proto.name || `${proto.opType}_${index}`);
  const attributes: Record<string, AttributeValue> = Object.create(null);
  for (const attribute of proto.attribute ?? []) {
    const what = `attribute ${attribute.name} of node ${name}`;
    const wide = wideConstant(proto, attribute);
    if (wide) attributes['value'] = { kind: 'tensor', value: wide };
    else attributes[attribute.name ?? ''] = readAttribute(attribute, what, files);
  }
  return {
    name,
    op: proto.opType,
    domain: proto.domain === 'ai.onnx' ? '' : (proto.domain ?? ''),
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    attributes: { ...attributes },
  };
}

/**
 * A Constant of int64 with numbers that are no exact JavaScript numbers, as a tensor has them: exporters write the largest
 * int64 for "to the end".
 */
function wideConstant(
  { opType }: onnx.NodeProto.$Properties,
  { name, type, refAttrName, i, ints }: onnx.AttributeProto.$Properties,
): Tensor | undefined {
  if (opType !== 'Constant' || refAttrName) return undefined;
  const isOne = name === 'value_int' && type === 2;
  if (!isOne && !(name === 'value_ints' && type === 7)) return undefined;
  const values = (isOne ? [i ?? 0] : (ints ?? [])).map(toBigInt);
  if (values.every((value) => Number.isSafeInteger(Number(value)))) return undefined;
  return { type: 'int64', dims: isOne ? [] : [values.length], data: BigInt64Array.from(values) };
}

function readAttribute(
  proto: onnx.AttributeProto.$Properties,
  what: string,
  files: Partial<ModelFile>,
): AttributeValue {
  const type = proto.type ?? 0;
  if (proto.refAttrName) throw new OnnxFormatError(`${what} refers to a function's attribute outside of one`);
  switch (type) {
    case 1:
      return { kind: 'float', value: proto.f ?? 0 };
    case 2:
      return { kind: 'int', value: toSafeInteger(proto.i ?? 0, what) };
    case 3:
      return { kind: 'string', value: readText(proto.s ?? new Uint8Array(), what) };
    case 4:
      if (!proto.t) throw new OnnxFormatError(`${what} has no tensor`);
      return { kind: 'tensor', value: readTensor(proto.t, what, files) };
    case 5:
      if (!proto.g) throw new OnnxFormatError(`${what} has no graph`);
      return { kind: 'graph', value: readGraph(proto.g, true, files) };
    case 6:
      return { kind: 'floats', value: proto.floats ?? [] };
    case 7:
      return { kind: 'ints', value: (proto.ints ?? []).map((value) => toSafeInteger(value, what)) };
    case 8:
      return { kind: 'strings', value: (proto.strings ?? []).map((text) => readText(text, what)) };
    default:
      throw new OnnxFormatError(`${what} has type ${type}, which is not supported`);
  }
}

/** Outputs, and inputs of bodies, may come without a shape; bodies may hand on sequences, which import writes out. */
function readValueInfo(
  proto: onnx.ValueInfoProto.$Properties,
  kind: string,
  shapeless: boolean,
  isBody: boolean,
): ValueInfo {
  const name = proto.name ?? '';
  const what = `${kind} ${JSON.stringify(name)}`;
  if (name === '') throw new OnnxFormatError(`an ${kind} of the graph has no name`);
  const tensor = proto.type?.tensorType;
  if (!tensor) {
    const unsaid = !proto.type || (isBody && proto.type.sequenceType);
    if (shapeless && unsaid) return { name, type: 'float32', dims: UNKNOWN_DIMS };
    const zipmap = proto.type?.sequenceType ? " (of a scikit-learn model: options={'zipmap': False})" : '';
    throw new OnnxFormatError(
      `${what} is not a tensor: sequences, maps and optionals are not supported: export the model without it${zipmap}`,
    );
  }
  const type = dataTypeOfCode(tensor.elemType ?? 0);
  if (type === undefined)
    throw new OnnxFormatError(`${what}: element type ${tensor.elemType ?? 0} is not supported`);
  if (!tensor.shape) {
    if (shapeless) return { name, type, dims: UNKNOWN_DIMS };
    throw new OnnxFormatError(`${what} has no shape: export the model with one (symbols are fine)`);
  }
  const dims = (tensor.shape.dim ?? []).map((dim, axis) => readDim(dim, name, axis));
  return { name, type, dims };
}

function readDim(dim: onnx.TensorShapeProto.Dimension.$Properties, name: string, axis: number): Dim {
  if (dim.dimParam) {
    if (dim.dimParam.length <= LONGEST_SYMBOL) return dim.dimParam;
    throw new OnnxFormatError(
      `dimension ${axis} of ${JSON.stringify(name)} has a name of ${dim.dimParam.length} letters`,
    );
  }
  if (dim.dimValue === null || dim.dimValue === undefined || !Object.hasOwn(dim, 'dimValue')) {
    return unknownDim(name, axis);
  }
  const value = toSafeInteger(dim.dimValue, `dimension ${axis} of ${JSON.stringify(name)}`);
  if (value < 0) throw new OnnxFormatError(`dimension ${axis} of ${JSON.stringify(name)} is ${value}`);
  return value;
}
