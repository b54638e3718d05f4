import { ModelError } from '../errors.ts';
import type { InspectionLimits, LimitName } from './limits.ts';
import { plain, spelled } from './plain.ts';

/** Why a model is refused. */
export type RefusalCode =
  /** Larger than one of the limits. */
  | 'limit'
  /** The bytes are no ONNX model. */
  | 'format'
  /** An operator that is not in the list, or of another domain. */
  | 'operator'
  /** Data in other files. */
  | 'external-data'
  /** Instructions for training inside the file, sparse tensors, segments. */
  | 'feature'
  /** A tensor whose bytes are not what its shape says. */
  | 'tensor'
  /** Functions that call each other in a circle, loops that cannot be written out. */
  | 'control-flow'
  /** A value as large as the data decide. */
  | 'data-dependent'
  /** Operators, types or shapes that do not go together. */
  | 'graph';

export interface RefusalPlace {
  readonly node?: string;
  readonly operator?: string;
}

/** A model is not taken: says what was found, and what would be allowed. */
export class RefusedModelError extends ModelError {
  override readonly name = 'RefusedModelError';

  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly place: RefusalPlace = {},
    readonly limit?: { readonly name: LimitName; readonly value: number; readonly found: number },
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** `node big (ConstantOfShape)`, from names that a stranger chose. */
export function placed({ node, operator }: RefusalPlace): string {
  const name = node === undefined ? 'a node without name' : `node ${plain(node)}`;
  return operator === undefined ? name : `${name} (${plain(operator)})`;
}

/** @throws RefusedModelError if `found` is more than the limit of this name */
export function hold(
  limits: InspectionLimits,
  name: LimitName,
  found: number,
  what: string,
  place: RefusalPlace = {},
): void {
  const value = limits[name];
  if (found <= value) return;
  const message = `${what}; allowed are ${spelled(value)} (limit '${name}')`;
  throw new RefusedModelError('limit', message, place, { name, value, found });
}
