/**
 * What a test showed.
 * - agrees: outputs as stored, and the gradient agrees with central differences
 * - zero gradient: the same, and both are zero
 * - no gradient: outputs as stored; integers or truth values go in or come out
 * - forward only: outputs as stored; there is no gradient, for the reason given
 * - not covered: cannot be imported or run, for the reason given
 * - disagrees: a fault
 */
export type Kind = 'agrees' | 'zero gradient' | 'no gradient' | 'forward only' | 'not covered' | 'disagrees';

export const KINDS: readonly Kind[] = [
  'agrees',
  'zero gradient',
  'no gradient',
  'forward only',
  'not covered',
  'disagrees',
];

export interface Outcome {
  readonly kind: Kind;
  /** Why, where it is not plain; one line. */
  readonly reason?: string;
  /** The gradient was computed in float32, where ONNX Runtime has no double kernel. */
  readonly single?: boolean;
  /** Agrees only with its integer inputs stored in the model. */
  readonly constants?: boolean;
  /** What the wasm provider did with it, where it was tried. */
  readonly wasm?: 'agrees' | 'does not run' | 'disagrees';
}

/** The first line of an error, short enough for a table. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split('\n').map((line) => line.trim());
  // A check that failed lists its problems one a line.
  const first = /is not valid:$/.test(lines[0] ?? '') ? (lines[1] ?? '') : (lines[0] ?? '');
  // Which node of a graph of one does not matter, and its values would make every line another one.
  const line = first
    .replace(/^- /, '')
    .replace(/^No gradient for (\S+) node '[^']*' \(.*?\) -> \(.*?\): /, 'no gradient for $1: ')
    .replace(/^node \S+ \((\S+)\) of \(.*?\): /, '$1: ')
    .replace(/^node \S+: /, '')
    .replace(/ \(docs\/operators\.md lists it\).*/, '');
  return line.length > 220 ? `${line.slice(0, 217)}…` : line;
}
