import type { NodeGuard } from './builder.ts';
import { attributeProblems } from './check-attributes.ts';
import { showDims } from './dims.ts';
import { ModelError } from './errors.ts';
import { type Graph, INTERNAL_OPSET, type Model, type Node, sameShape, UNKNOWN_DIMS } from './model.ts';
import { valuesUsedBy } from './prune.ts';
import { inferNode, type Knowledge } from './shapes/infer.ts';
import { knownOf } from './shapes/known.ts';
import { StoredTensor } from './stored-tensor.ts';
import { sizeOf } from './tensor.ts';

/** The search ends after so many problems: a broken model can have one for every node. */
const MOST_PROBLEMS = 20;

/**
 * Checks that a model of the internal opset makes sense: every value defined once and before its use, no cycle,
 * operators known, attributes there and of the right kind, types and shapes that fit, outputs as declared.
 * @param guard looks at every node that fits; what it throws is thrown at once
 * @throws ModelError with all problems, each with the nodes around the fault
 */
export function checkModel(model: Model, guard?: NodeGuard): void {
  const problems: string[] = [];
  if (model.opsets[''] !== INTERNAL_OPSET) {
    problems.push(
      `it is of opset ${model.opsets[''] ?? 'unknown'}; upgradeModel brings it to ${INTERNAL_OPSET}`,
    );
  }
  problems.push(...graphProblems(model.graph, guard));
  if (problems.length === 0) return;
  const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => `- ${problem}`);
  if (problems.length > MOST_PROBLEMS) shown.push('… and more');
  throw new ModelError(`the model ${JSON.stringify(model.graph.name)} is not valid:\n${shown.join('\n')}`, {
    problems,
  });
}

function graphProblems(graph: Graph, guard?: NodeGuard): string[] {
  const knowledge: Knowledge = { types: new Map(), known: new Map() };
  const problems = [...define(graph, knowledge)];
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const defined = new Set(knowledge.types.keys());
  const names = new Set<string>();
  for (const node of graph.nodes) {
    if (problems.length > MOST_PROBLEMS) return problems;
    const found: string[] = [];
    if (names.has(node.name)) found.push(`node name ${JSON.stringify(node.name)} is there twice`);
    names.add(node.name);
    for (const input of valuesUsedBy(node)) {
      if (found.length > MOST_PROBLEMS) break;
      if (!defined.has(input)) found.push(undefinedInput(node, input, producers));
    }
    for (const output of node.outputs) {
      if (output === '') continue;
      if (defined.has(output))
        found.push(`node ${node.name} (${node.op}) defines ${JSON.stringify(output)} again`);
      defined.add(output);
    }
    found.push(...attributeProblems(node));
    // A value that could not be inferred is reported once, where it failed, not at every node behind it.
    if (found.length === 0 && node.inputs.every((input) => input === '' || knowledge.types.has(input))) {
      try {
        inferNode(node, knowledge);
      } catch (error) {
        found.push((error as Error).message);
      }
      if (found.length === 0) guard?.(node, knowledge.types);
    }
    problems.push(...found.map((problem) => `${problem}\n${around(graph, node, producers)}`));
  }
  return [...problems, ...outputProblems(graph, knowledge, defined)];
}

function* define(graph: Graph, knowledge: Knowledge): Generator<string> {
  for (const { name, type, dims } of graph.inputs) {
    if (knowledge.types.has(name)) yield `input ${JSON.stringify(name)} is there twice`;
    knowledge.types.set(name, { type, dims });
  }
  for (const [name, tensor] of graph.initializers) {
    if (knowledge.types.has(name)) yield `${JSON.stringify(name)} is an input and an initializer`;
    if (!(tensor instanceof StoredTensor) && tensor.data.length !== sizeOf(tensor.dims)) {
      yield `initializer ${JSON.stringify(name)} ${showDims(tensor.dims)} holds ${tensor.data.length} elements`;
    }
    knowledge.types.set(name, { type: tensor.type, dims: tensor.dims });
    const known = knownOf(tensor);
    if (known) knowledge.known.set(name, known);
  }
}

function undefinedInput(node: Node, input: string, producers: ReadonlyMap<string, Node>): string {
  const what = `node ${node.name} (${node.op}): its input ${JSON.stringify(input)}`;
  const producer = producers.get(input);
  if (!producer) return `${what} is not defined anywhere`;
  const cycle = pathBetween(node, producer, producers);
  if (cycle) return `${what} depends on the node itself: ${cycle.map(({ name }) => name).join(' <- ')}`;
  return `${what} is defined by a later node, ${producer.name} (${producer.op}): nodes must be in order`;
}

/** The nodes from `from` back to `target`, if `from` depends on it. */
function pathBetween(target: Node, from: Node, producers: ReadonlyMap<string, Node>): Node[] | undefined {
  const cameFrom = new Map<Node, Node | undefined>([[from, undefined]]);
  const queue = [from];
  for (let node = queue.pop(); node; node = queue.pop()) {
    if (node === target) {
      const path: Node[] = [];
      for (let at: Node | undefined = node; at; at = cameFrom.get(at)) path.unshift(at);
      return [target, ...path];
    }
    for (const input of valuesUsedBy(node)) {
      const producer = producers.get(input);
      if (producer && !cameFrom.has(producer)) {
        cameFrom.set(producer, node);
        queue.push(producer);
      }
    }
  }
  return undefined;
}

function outputProblems(graph: Graph, knowledge: Knowledge, defined: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  if (graph.outputs.length === 0) problems.push('the graph has no outputs');
  const seen = new Set<string>();
  for (const { name, type, dims } of graph.outputs) {
    if (seen.has(name)) problems.push(`output ${JSON.stringify(name)} is there twice`);
    seen.add(name);
    if (!defined.has(name)) problems.push(`output ${JSON.stringify(name)} is not defined by any node`);
    const inferred = knowledge.types.get(name);
    if (!inferred) continue;
    const fits = dims === UNKNOWN_DIMS || sameShape(dims, inferred.dims);
    if (inferred.type !== type || !fits) {
      problems.push(
        `output ${JSON.stringify(name)} is declared ${type}${showDims(dims)}, it is ${inferred.type}${showDims(inferred.dims)}`,
      );
    }
  }
  return problems;
}

/** The node of a fault with those before and behind it, one a line. */
function around(graph: Graph, node: Node, producers: ReadonlyMap<string, Node>): string {
  const before = node.inputs
    .map((input) => producers.get(input))
    .filter((n) => n !== undefined && n !== node);
  const behind = graph.nodes.filter(
    (n) => n !== node && n.inputs.some((i) => i !== '' && node.outputs.includes(i)),
  );
  const line = (n: Node, mark: string): string =>
    `    ${mark} ${n.outputs.join(', ')} = ${n.op}(${n.inputs.join(', ')})`;
  const lines = [...new Set(before)].slice(0, 4).map((n) => line(n as Node, ' '));
  return [...lines, line(node, '>'), ...behind.slice(0, 3).map((n) => line(n, ' '))].join('\n');
}
