import { OnnxFormatError } from './errors.ts';
import type { onnx } from './gen/onnx.js';
import { NameScope } from './names.ts';

type FunctionProto = onnx.FunctionProto.$Properties;
type GraphProto = onnx.GraphProto.$Properties;
type NodeProto = onnx.NodeProto.$Properties;
type AttributeProto = onnx.AttributeProto.$Properties;

const DEEPEST = 64;
const MOST_NODES = 200_000;
/** Between these versions the meaning of an operator did not change (see upgrade.ts). */
const SAME_MEANING = [18, 20] as const;

/**
 * The graph of a model with every call of one of its own functions replaced by the function's body
 * (https://github.com/onnx/onnx/blob/main/docs/IR.md#model-functions): formal names become the caller's, other
 * values and nodes are named `<call>/<name>`, referred attributes take the caller's value or the default.
 *
 * @throws OnnxFormatError for functions that call each other in a circle, or grow beyond `mostNodes`
 */
export function inlineFunctions(model: onnx.ModelProto.$Properties, mostNodes = MOST_NODES): GraphProto {
  const graph = model.graph ?? {};
  const functions = new Map<string, FunctionProto>();
  for (const f of model.functions ?? []) {
    const key = keyOf(f.domain ?? '', f.name ?? '', f.overload ?? '');
    if (functions.has(key)) throw new OnnxFormatError(`function ${show(f)} is there twice`);
    functions.set(key, f);
  }
  if (functions.size === 0) return graph;
  checkNesting(functions);
  checkVersions(model, functions);
  const inliner = new Inliner(functions, mostNodes);
  inliner.takeNames(graph);
  return inliner.graph(graph);
}

const keyOf = (domain: string, name: string, overload: string): string =>
  JSON.stringify([domain === 'ai.onnx' ? '' : domain, name, overload]);

const show = (f: FunctionProto): string => `${f.domain ? `${f.domain}.` : ''}${f.name ?? ''}`;

class Inliner {
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #names = new NameScope();
  readonly #most: number;
  #left: number;

  constructor(functions: ReadonlyMap<string, FunctionProto>, mostNodes: number) {
    this.#functions = functions;
    this.#most = mostNodes;
    this.#left = mostNodes;
  }

  takeNames(graph: GraphProto): void {
    for (const { name } of [...(graph.input ?? []), ...(graph.initializer ?? [])])
      this.#names.take(name ?? '');
    for (const node of graph.node ?? []) {
      for (const name of [...(node.input ?? []), ...(node.output ?? [])]) this.#names.take(name);
      for (const { g } of node.attribute ?? []) if (g) this.takeNames(g);
    }
  }

  graph(graph: GraphProto): GraphProto {
    return { ...graph, node: (graph.node ?? []).flatMap((node) => this.#node(node)) };
  }

  #node(node: NodeProto): NodeProto[] {
    const f = this.#functions.get(keyOf(node.domain ?? '', node.opType ?? '', node.overload ?? ''));
    if (f) return this.#call(node, f).flatMap((inner) => this.#node(inner));
    if (!node.attribute?.some(({ g }) => g)) return [node];
    return [{ ...node, attribute: node.attribute.map((a) => (a.g ? { ...a, g: this.graph(a.g) } : a)) }];
  }

  #call(call: NodeProto, f: FunctionProto): NodeProto[] {
    const prefix = call.name || call.opType || '';
    const where = `node ${prefix}, which calls function ${show(f)}`;
    const formal = f.input ?? [];
    const given = call.input ?? [];
    if (given.length > formal.length) {
      throw new OnnxFormatError(
        `${where}: it passes ${given.length} inputs, the function has ${formal.length}`,
      );
    }
    const values = new Map(formal.map((name, i) => [name, given[i] ?? '']));
    const results = new Map<string, string>();
    for (const [i, name] of (f.output ?? []).entries()) {
      if (call.output?.[i] && !values.has(name) && !results.has(name)) results.set(name, call.output[i]);
    }
    const attributes = new Map<string, AttributeProto>();
    for (const attribute of f.attributeProto ?? []) attributes.set(attribute.name ?? '', attribute);
    for (const attribute of call.attribute ?? []) attributes.set(attribute.name ?? '', attribute);
    const scope: CallScope = { prefix, where, results, attributes };
    const nodes = this.#copy(f.node ?? [], values, scope);
    for (const [i, name] of (f.output ?? []).entries()) {
      const to = call.output?.[i];
      const from = values.get(name);
      if (!to || from === to) continue;
      if (from === undefined) {
        throw new OnnxFormatError(
          `${where}: the function does not define its output ${JSON.stringify(name)}`,
        );
      }
      nodes.push({ opType: 'Identity', name: `${prefix}/Identity`, input: [from], output: [to] });
    }
    return nodes;
  }

  #copy(nodes: readonly NodeProto[], values: Map<string, string>, call: CallScope): NodeProto[] {
    return nodes.map((node) => {
      if (--this.#left < 0) {
        throw new OnnxFormatError(
          `${call.where}: with its functions written out the model has more than ${this.#most} nodes`,
        );
      }
      const input = (node.input ?? []).map((name) => actual(name, values, call));
      const attribute = (node.attribute ?? []).flatMap((a) => this.#attribute(a, values, call));
      const output = (node.output ?? []).map((name) => this.#define(name, values, call));
      return { ...node, name: `${call.prefix}/${node.name || node.opType}`, input, output, attribute };
    });
  }

  #define(name: string, values: Map<string, string>, call: CallScope): string {
    if (name === '') return '';
    const value = call.results.get(name) ?? this.#names.unique(`${call.prefix}/${name}`);
    values.set(name, value);
    return value;
  }

  #attribute(attribute: AttributeProto, values: Map<string, string>, call: CallScope): AttributeProto[] {
    if (attribute.refAttrName) {
      const given = call.attributes.get(attribute.refAttrName);
      // Neither given nor with a default: the operator's own default counts.
      return given ? [{ ...given, name: attribute.name ?? '' }] : [];
    }
    return [attribute.g ? { ...attribute, g: this.#body(attribute.g, values, call) } : attribute];
  }

  /** A body inside a function sees the function's values, and has names of its own. */
  #body(graph: GraphProto, outer: ReadonlyMap<string, string>, call: CallScope): GraphProto {
    const values = new Map(outer);
    const inner = { ...call, results: new Map<string, string>() };
    const rename = <Item extends { name?: string | null }>(items: readonly Item[] | null | undefined) =>
      (items ?? []).map((item) => ({ ...item, name: this.#define(item.name ?? '', values, inner) }));
    // An initializer may be listed as an input too: one name for both.
    const initializer = rename(graph.initializer);
    const stored = new Set((graph.initializer ?? []).map(({ name }) => name));
    const input = (graph.input ?? []).map((item) => {
      const listed = stored.has(item.name);
      return {
        ...item,
        name: listed ? values.get(item.name ?? '') : this.#define(item.name ?? '', values, inner),
      };
    });
    const node = this.#copy(graph.node ?? [], values, inner);
    const output = (graph.output ?? []).map((item) => ({
      ...item,
      name: actual(item.name ?? '', values, call),
    }));
    return { ...graph, initializer, input, node, output };
  }
}

interface CallScope {
  readonly prefix: string;
  readonly where: string;
  /** The function's outputs to what the caller calls them. */
  readonly results: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}

function actual(name: string, values: ReadonlyMap<string, string>, { where }: CallScope): string {
  if (name === '') return '';
  const value = values.get(name);
  if (value !== undefined) return value;
  throw new OnnxFormatError(
    `${where}: the function reads ${JSON.stringify(name)}, which it does not define before`,
  );
}

function* callsOf(
  nodes: readonly NodeProto[],
  functions: ReadonlyMap<string, FunctionProto>,
): Generator<string> {
  for (const node of nodes) {
    const key = keyOf(node.domain ?? '', node.opType ?? '', node.overload ?? '');
    if (functions.has(key)) yield key;
    for (const { g } of node.attribute ?? []) if (g) yield* callsOf(g.node ?? [], functions);
  }
}

function checkNesting(functions: ReadonlyMap<string, FunctionProto>): void {
  const done = new Set<string>();
  const walk = (key: string, path: readonly string[]): void => {
    if (done.has(key)) return;
    const chain = [...path, key].map((k) => show(functions.get(k) as FunctionProto));
    if (path.includes(key)) {
      throw new OnnxFormatError(`the model's functions call each other in a circle: ${chain.join(' -> ')}`);
    }
    if (path.length >= DEEPEST)
      throw new OnnxFormatError(`the model's functions nest more than ${DEEPEST} deep`);
    for (const next of new Set(callsOf(functions.get(key)?.node ?? [], functions)))
      walk(next, [...path, key]);
    done.add(key);
  };
  for (const key of functions.keys()) walk(key, []);
}

/** A function may name another opset than the model; only where that means the same is it taken. */
function checkVersions(
  model: onnx.ModelProto.$Properties,
  functions: ReadonlyMap<string, FunctionProto>,
): void {
  const versionOf = (imports: readonly onnx.OperatorSetIdProto.$Properties[] | null | undefined) => {
    const entry = imports?.find(({ domain }) => !domain || domain === 'ai.onnx');
    return entry && Number(entry.version ?? 0);
  };
  const [from, to] = SAME_MEANING;
  const own = versionOf(model.opsetImport);
  const same = (version: number) => version >= from && version <= to;
  for (const f of functions.values()) {
    const version = versionOf(f.opsetImport);
    if (version === undefined || own === undefined || version === own || (same(version) && same(own)))
      continue;
    throw new OnnxFormatError(
      `function ${show(f)} is written in opset ${version}, the model in opset ${own}: inline it with ` +
        'onnx.inliner.inline_local_functions(model, convert_version=True)',
    );
  }
}
