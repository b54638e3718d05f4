import type { Model } from '../../onnx/model.ts';

/** One adapter: what it adds to, and the nodes that a merge takes out again. */
export interface Adapter {
  /** The frozen weight, by its name in the file. */
  readonly weight: string;
  /**
   * `dense`: weight [in, out], or [out, in] when `transposed`; `conv`: [out, in, …kernel]; `embedding`: [rows, width].
   */
  readonly kind: 'dense' | 'conv' | 'embedding';
  readonly transposed: boolean;
  /** The module's name as PEFT would have it: `encoder.layer.0.attention.self.query`. */
  readonly module: string;
  /** Parameters: a [rank, in] (conv: [rank, in, …kernel]; embedding: [rows, rank]), b [out, rank] (conv: […, 1, 1]). */
  readonly a: string;
  readonly b: string;
  /** Of weight-decomposed adapters: the parameter [out] (magnitude.ts). */
  readonly magnitude?: string;
  /** Values as the base node writes them now, to the names that it wrote before. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Names of the nodes that were added. */
  readonly nodes: readonly string[];
}

export interface AdapterRecord {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly adapters: readonly Adapter[];
}

const KEY = 'tributary.lora';

export function withAdapters(model: Model, record: AdapterRecord): Model {
  return { ...model, metadata: { ...model.metadata, [KEY]: JSON.stringify(record) } };
}

/** The adapters of a model; undefined when it has none. */
export function adaptersOf(model: Model): AdapterRecord | undefined {
  const text = model.metadata[KEY];
  return text === undefined ? undefined : (JSON.parse(text) as AdapterRecord);
}
