import type { Dim, Model } from '../../onnx/model.ts';
import type { DataType } from '../../onnx/tensor.ts';

/**
 * How the file that was imported was called, so that what is exported can take its place. It travels in the model's metadata
 * and names values of the training model.
 */
export interface Signature {
  readonly inputs: readonly {
    readonly name: string;
    readonly type: DataType;
    readonly dims: readonly Dim[];
    /** The value of the training model that stands for it: the features, or what a node makes of them. */
    readonly value: string;
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly type: DataType;
    /** Output of the training model that stands for it. */
    readonly value: string;
    /** Taken off for training; put back by the export. */
    readonly activation?: { readonly op: string; readonly axis?: number };
  }[];
  /** Constants of the training model that are weights of the file. */
  readonly frozen: readonly string[];
  /** Names that had to give way to the programs' own: now to then. */
  readonly renamed: Readonly<Record<string, string>>;
}

const KEY = 'tributary.signature';

export function withSignature(model: Model, signature: Signature): Model {
  return { ...model, metadata: { ...model.metadata, [KEY]: JSON.stringify(signature) } };
}

/** The signature of a model that was imported; undefined for one of our own layers. */
export function signatureOf(model: Model): Signature | undefined {
  const text = model.metadata[KEY];
  return text === undefined ? undefined : (JSON.parse(text) as Signature);
}
