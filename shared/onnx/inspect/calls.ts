import type { InspectionLimits } from './limits.ts';
import { ALLOWED_OPERATORS } from './operators.ts';
import { plain, spelled } from './plain.ts';
import { hold, placed, RefusedModelError } from './refused.ts';

interface Callee {
  readonly op: string;
  readonly domain: string;
  readonly overload: string;
}

interface Call extends Callee {
  /** Name of the first node of this kind. */
  readonly node: string | undefined;
  times: number;
}

interface Written {
  readonly nodes: number;
  readonly parts: number;
  readonly depth: number;
}

/** The graph itself. */
const GRAPH = '';

/**
 * Which operators the graph and the model's own functions use, and how many nodes they would be if every call were
 * written out. Two functions that each call the next one twice make 2^n nodes of n: they are counted, not written.
 */
export class Calls {
  readonly #limits: InspectionLimits;
  /** By the function's number, or GRAPH; then by what is called. */
  readonly #of = new Map<string, Map<string, Call>>([[GRAPH, new Map()]]);
  /** Number of a function by its name. */
  readonly #functions = new Map<string, string>();
  readonly #parts = new Map<string, number>();
  readonly #written = new Map<string, Written>();

  constructor(limits: InspectionLimits) {
    this.#limits = limits;
  }

  /** A function whose name is not known yet. */
  begin(): string {
    const owner = String(this.#of.size);
    this.#of.set(owner, new Map());
    return owner;
  }

  name(owner: string, callee: Callee): void {
    const key = keyOf(callee);
    if (this.#functions.has(key))
      throw new RefusedModelError('graph', `function ${plain(callee.op)} is there twice`);
    this.#functions.set(key, owner);
  }

  /** Parts of the file that belong to a function: each call of it writes them once more. */
  weigh(owner: string, parts: number): void {
    this.#parts.set(owner, (this.#parts.get(owner) ?? 0) + parts);
  }

  add(owner: string, call: Omit<Call, 'times'>): void {
    const calls = this.#of.get(owner)!;
    const key = keyOf(call);
    const known = calls.get(key);
    if (known) known.times += 1;
    else calls.set(key, { ...call, times: 1 });
  }

  /** @throws RefusedModelError for an operator that is not allowed, functions in a circle, or too many nodes */
  total(): Written {
    const written = this.#write(GRAPH, []);
    const what = `with its functions written out the model has ${spelled(written.nodes)} nodes`;
    hold(this.#limits, 'nodes', written.nodes, what);
    hold(
      this.#limits,
      'parts',
      written.parts,
      `with its functions written out the model has ${spelled(written.parts)} parts`,
    );
    return written;
  }

  #write(owner: string, path: readonly string[]): Written {
    const known = this.#written.get(owner);
    if (known) return known;
    if (path.includes(owner))
      throw new RefusedModelError('control-flow', 'functions of the model call each other in a circle');
    hold(this.#limits, 'depth', path.length + 1, `functions call each other ${path.length + 1} deep`);
    let [nodes, parts, depth] = [0, this.#parts.get(owner) ?? 0, 0];
    for (const [key, call] of this.#of.get(owner)!) {
      const callee = this.#functions.get(key);
      if (callee === undefined) {
        allow(call);
        nodes += call.times;
      } else {
        const inner = this.#write(callee, [...path, owner]);
        nodes += call.times * inner.nodes;
        parts += call.times * inner.parts;
        depth = Math.max(depth, inner.depth);
      }
    }
    const written = { nodes, parts, depth: depth + 1 };
    this.#written.set(owner, written);
    return written;
  }
}

function allow({ op, domain, node }: Call): void {
  if (standard(domain) === '' && ALLOWED_OPERATORS.has(op)) return;
  const operator = standard(domain) === '' ? op : `${domain}.${op}`;
  const place = { operator, ...(node && { node }) };
  const why =
    standard(domain) === ''
      ? 'the operator is not in the list of those that are allowed'
      : 'the operator is of a domain of its own; only those of ai.onnx are allowed';
  throw new RefusedModelError('operator', `${placed(place)}: ${why}`, place);
}

const standard = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

const keyOf = ({ op, domain, overload }: Callee): string => JSON.stringify([standard(domain), op, overload]);
