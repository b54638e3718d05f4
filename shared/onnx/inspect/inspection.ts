import type { Dim } from '../model.ts';
import type { DataType } from '../tensor.ts';
import type { InspectionLimits, LimitName } from './limits.ts';
import type { RefusalCode } from './refused.ts';

/** A model that may be trained, and what it is. The order of fields is part of its JSON form. */
export interface Inspection {
  readonly verdict: 'accepted';
  /** Of the bytes, in lower-case hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  readonly producer: string;
  readonly inputs: readonly NamedType[];
  readonly outputs: readonly NamedType[];
  /** Lines such as `dense layer, 64 to 10`, in order. */
  readonly layers: readonly string[];
  /** How often each operator is used, functions and loops written out; by name. */
  readonly operators: Readonly<Record<string, number>>;
  /** What training changes, in order of first use; running statistics of batch normalisation are measured, not trained. */
  readonly parameters: readonly Parameter[];
  /** Numbers in all of them. */
  readonly trainable: number;
  readonly statistics: number;
  /** Bytes of an update in float32: all parameters and statistics. */
  readonly update: number;
  /** Symbols of the inputs and what they were taken to be. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly batch: number;
  readonly memory: Memory;
  /** For one example. */
  readonly operations: {
    readonly multiplyAdds: number;
    readonly forward: number;
    /** Forward, gradient by the inputs, gradient by the weights: three times the forward graph. */
    readonly training: number;
  };
  /** Each limit: what was found, and what is allowed. */
  readonly checked: Readonly<Record<LimitName, { readonly found: number; readonly allowed: number }>>;
  readonly steps: number;
  /** Tensors that lie in files beside the model, where the user said that they are their own. */
  readonly elsewhere?: number;
}

export interface NamedType {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly Dim[];
}

export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  readonly kind: 'trainable' | 'statistic';
}

/** Bytes that training a batch takes, estimated from above: an engine that frees early takes less. */
export interface Memory {
  /** The tensors of the file, as they are in memory. */
  readonly stored: number;
  readonly gradients: number;
  /** Two numbers for each parameter, as Adam keeps them. */
  readonly optimizer: number;
  /** All values of the forward graph, which the gradient needs, and what some operators need beside them. */
  readonly activations: number;
  /** Two of the largest values, gradients on their way back, and what one operator writes out for its gradient. */
  readonly working: number;
  readonly total: number;
}

/** A model that is not taken. Nothing of it was run. */
export interface Refusal {
  readonly verdict: 'refused';
  /** Absent where there are more bytes than are read. */
  readonly sha256?: string;
  readonly bytes: number;
  readonly code: RefusalCode;
  /** One sentence: what was found where, and what is allowed. */
  readonly reason: string;
  readonly node?: string;
  readonly operator?: string;
  readonly limit?: { readonly name: LimitName; readonly value: number; readonly found: number };
  /** The work that the inspection was: fields of the file that were looked at, and nodes, each as often as it was. */
  readonly steps: number;
}

/** Counts steps of work. */
export interface Steps {
  done: number;
}

export interface InspectOptions {
  /** Examples of a batch, for memory. Default 32. */
  readonly batch?: number;
  /** Sizes of symbolic dimensions beside the batch; for the others one is chosen with which the graph works. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** The hash of the bytes, where the caller has computed it: the platform's own is many times as fast. */
  readonly sha256?: string;
  /** Bytes of the model that are not in the file: they count as it. */
  readonly besides?: number;
}

export type { InspectionLimits };
