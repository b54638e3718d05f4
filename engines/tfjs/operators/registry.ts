import { activations } from './activations.ts';
import { convolution } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { linear } from './linear.ts';
import { normalization } from './normalization.ts';
import type { Operator } from './operator.ts';
import { pooling } from './pooling.ts';
import { reduction } from './reduction.ts';
import { shape } from './shape.ts';

/** Every operator of ai.onnx that the interpreter knows, by name. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [activations, convolution, elementwise, indexing, linear, normalization, pooling, reduction, shape].flatMap(
    (table) => Object.entries(table),
  ),
);
