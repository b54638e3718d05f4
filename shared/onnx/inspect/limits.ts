/** What a stranger's model may ask for. Each can be raised by whoever trusts the sender. */
export interface InspectionLimits {
  /** Bytes of the file. */
  readonly bytes: number;
  /** Fields of the file that are decoded to objects or text: each takes a few hundred bytes of memory at most. */
  readonly parts: number;
  /** Nodes, with the model's own functions and its loops written out. */
  readonly nodes: number;
  /** How deep bodies of If, Loop and Scan nest, and functions call each other. */
  readonly depth: number;
  /** Elements of one computed value, for one example. */
  readonly elements: number;
  /** Bytes that training takes, for the batch that was asked about. */
  readonly memory: number;
  /** Operations of the forward graph for one example: multiply-adds, and one for each element computed otherwise. */
  readonly operations: number;
}

export type LimitName = keyof InspectionLimits;

/** Room for the models that train on a CPU, and for a mistake of theirs; not for a bomb. */
export const DEFAULT_INSPECTION_LIMITS: InspectionLimits = {
  bytes: 2 ** 30,
  parts: 2_000_000,
  nodes: 50_000,
  depth: 16,
  elements: 2 ** 29,
  memory: 16e9,
  operations: 1e12,
};

/** Names of the limits, for people. */
export const LIMIT_WORDS: Readonly<Record<LimitName, string>> = {
  bytes: 'bytes of the file',
  parts: 'parts of the file',
  nodes: 'nodes, loops and functions written out',
  depth: 'levels of bodies or functions in each other',
  elements: 'elements of one value',
  memory: 'bytes of memory for a batch',
  operations: 'operations for one example',
};
