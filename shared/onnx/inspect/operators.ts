import { EXPANSION_FAMILIES } from '../expand/registry.ts';
import { OPERATORS } from '../shapes/registry.ts';

/** Names that later versions of the specification gave up; the upgrade writes the operators that followed them. */
const FORMER = ['Scatter', 'Upsample'];

/**
 * The operators of ai.onnx that a model may use: those whose shapes are known, and those that are written out as them.
 * All are functions of tensors; none reads a file, opens a connection or runs code that came with the model.
 */
export const ALLOWED_OPERATORS: ReadonlySet<string> = new Set([
  ...OPERATORS.keys(),
  ...Object.values(EXPANSION_FAMILIES)
    .flat()
    .flatMap(({ op, domain }) => (domain === '' ? [op] : [])),
  ...FORMER,
]);
