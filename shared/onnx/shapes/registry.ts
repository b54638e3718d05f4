import { ACTIVATIONS } from './activations.ts';
import { CONVOLUTIONS } from './convolution.ts';
import { CREATION } from './creation.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { IMAGE } from './image.ts';
import { INDEXING } from './indexing.ts';
import { LINEAR } from './linear.ts';
import { NORMALIZATION } from './normalization.ts';
import type { Operator } from './operator.ts';
import { POOLING } from './pooling.ts';
import { QUANTIZATION } from './quantization.ts';
import { RECURRENT } from './recurrent.ts';
import { REDUCTION } from './reduction.ts';
import { RESHAPING } from './reshaping.ts';
import { SCAN } from './scan.ts';

/** Every operator of ai.onnx that is understood, by name. To add one, add a row to its family's file. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [
    ...[ELEMENTWISE, ACTIVATIONS, LINEAR, CONVOLUTIONS, POOLING, NORMALIZATION, IMAGE].flat(),
    ...[QUANTIZATION, RECURRENT, REDUCTION, RESHAPING, INDEXING, CREATION].flat(),
    SCAN,
  ].map((row) => [row.name, row]),
);
