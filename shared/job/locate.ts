import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from 'yaml';

export type Path = readonly PropertyKey[];

export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Finds the place of a path in a YAML text; of what is missing, the place where it belongs. */
export class Locator {
  private readonly document: Document;
  private readonly lines: LineCounter;
  private readonly text: string;

  constructor(document: Document, lines: LineCounter, text: string) {
    this.document = document;
    this.lines = lines;
    this.text = text;
  }

  /** @param atKey the key of the last part, not its value */
  find(path: Path, atKey: boolean): Span {
    let node: unknown = this.document.contents;
    let best: unknown = node;
    let key: unknown;
    for (const part of path) {
      const child = childOf(this.resolve(node), part);
      if (child === undefined) return this.spanOf(key ?? best);
      if (isPair(child)) {
        key = child.key;
        node = child.value;
      } else {
        key = undefined;
        node = child;
      }
      best = node ?? key ?? best;
    }
    return this.spanOf(atKey && key ? key : (node ?? key ?? best));
  }

  span(start: number, end: number): Span {
    const { line, col } = this.lines.linePos(Math.min(start, Math.max(0, this.text.length - 1)));
    const lineEnd = this.text.indexOf('\n', start);
    const stop = Math.min(end, lineEnd < 0 ? this.text.length : lineEnd);
    return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(1, stop - start) };
  }

  private resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  private spanOf(node: unknown): Span {
    const range = (node as Node | null | undefined)?.range;
    if (!range) return { line: 1, column: 1, length: 1 };
    // A block mapping is pointed at by its first key: the whole of it would underline its first line.
    const first = isMap(node) && !node.flow ? (node.items[0] as Pair | undefined)?.key : undefined;
    if (first) return this.spanOf(first);
    const [start, end] = range;
    return this.span(start, end);
  }
}

function childOf(node: unknown, part: PropertyKey): Pair | Node | undefined {
  if (isMap(node)) {
    return node.items.find(
      (pair) => (isScalar(pair.key) ? pair.key.value : pair.key) === part || String(pair.key) === part,
    );
  }
  if (isSeq(node) && typeof part === 'number') return node.items[part] as Node | undefined;
  return undefined;
}

/** `model.layers[2].conv`. */
export function pathText(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}
