import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onnx } from '../../shared/onnx/gen/onnx.js';
import type { Tensor } from '../../shared/onnx/tensor.ts';
import { readTensor, writeTensor } from '../../shared/onnx/tensor-proto.ts';

/** One run of a test's model: values in the order of the graph's inputs and outputs. */
export interface DataSet {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** A test of the specification. */
export interface Case {
  /** `test_abs@13`: the folder's name and the opset, since releases of the specification differ in it. */
  readonly name: string;
  /** The operator that the test is about. */
  readonly operator: string;
  readonly bytes: Uint8Array;
  /** As in the file: an input may have a name and no value here (optional inputs). */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly folder: string;
  /** Sequences, optionals or maps go in or come out. */
  readonly others: boolean;
}

/** Reads the test of a folder; undefined where none is. */
export function readCase(folder: string): Case | undefined {
  const file = join(folder, 'model.onnx');
  if (!existsSync(file)) return undefined;
  const bytes = new Uint8Array(readFileSync(file));
  const { graph, opsetImport } = onnx.ModelProto.decode(bytes);
  const own = (opsetImport ?? []).find(({ domain }) => !domain || domain === 'ai.onnx');
  const version = Number(own?.version ?? opsetImport?.[0]?.version ?? 0);
  return {
    name: `${basename(folder)}@${version}`,
    operator: operatorOf(folder, graph),
    bytes,
    inputs: (graph?.input ?? []).map(({ name }) => name ?? ''),
    outputs: (graph?.output ?? []).map(({ name }) => name ?? ''),
    folder,
    others: [...(graph?.input ?? []), ...(graph?.output ?? [])].some(({ type }) => type && !type.tensorType),
  };
}

/** `test_gelu_default_1_expanded` is Gelu written out: about the operator of `test_gelu_default_1`. */
function operatorOf(folder: string, graph: onnx.GraphProto.$Properties | null | undefined): string {
  const plain = folder.replace(/_expanded(_ver\d+)?$/, '');
  const sibling = join(plain, 'model.onnx');
  const from =
    plain !== folder && existsSync(sibling) ? onnx.ModelProto.decode(readFileSync(sibling)).graph : graph;
  const { domain, opType } = from?.node?.find(({ opType }) => opType !== 'Constant') ?? {};
  const local = domain && domain !== 'ai.onnx' ? `${domain}.${opType}` : (opType ?? 'Constant');
  return plain !== folder && from === graph ? `${local} (written out)` : local;
}

/** @throws where a stored value is not a tensor (a sequence, an optional, 4 and 8 bit floats) */
export function readData(test: Case): DataSet[] {
  return readdirSync(test.folder)
    .filter((name) => name.startsWith('test_data_set_'))
    .sort()
    .map((name) => ({
      inputs: readValues(join(test.folder, name), 'input'),
      outputs: readValues(join(test.folder, name), 'output'),
    }));
}

function readValues(folder: string, kind: string): Tensor[] {
  const count = readdirSync(folder).filter((name) => name.startsWith(`${kind}_`)).length;
  return Array.from({ length: count }, (_, k) => {
    const proto = onnx.TensorProto.decode(readFileSync(join(folder, `${kind}_${k}.pb`)));
    return readTensor(proto, `${kind}_${k}`);
  });
}

/** The same model with values of inputs stored in it: what real models have as constants, tests feed. */
export function withConstants(bytes: Uint8Array, values: ReadonlyMap<string, Tensor>): Uint8Array {
  const proto = onnx.ModelProto.decode(bytes);
  const graph = proto.graph as onnx.GraphProto.$Properties;
  graph.input = (graph.input ?? []).filter(({ name }) => !values.has(name ?? ''));
  graph.initializer = [
    ...(graph.initializer ?? []),
    ...[...values].map(([name, tensor]) => writeTensor(name, tensor)),
  ];
  return onnx.ModelProto.encode(proto as onnx.ModelProto.$Shape).finish();
}
