import { dataTypeOfCode } from '../data-types.ts';
import type { Dim, ValueType } from '../model.ts';
import { mustEqual } from './common.ts';
import { type InferenceContext, int, operator } from './operator.ts';

/** One scale for all, or one for each place of the axis (specification, DequantizeLinear). */
function checkScale(c: InferenceContext): void {
  const scale = c.dims(1);
  if (scale.length > 1) c.fail('a scale with more than one dimension (blocks) must be expanded on import');
  if (scale.length === 0 || scale[0] === 1) return;
  const axis = c.axis(c.int('axis'), c.dims(0).length);
  mustEqual(c, scale[0] as Dim, c.dim(0, axis), 'length of the scale and of the axis that it belongs to');
}

function quantize(c: InferenceContext): ValueType[] {
  checkScale(c);
  const code = c.int('output_dtype');
  const declared = code === 0 ? undefined : dataTypeOfCode(code);
  return [{ type: c.has(2) ? c.type(2) : (declared ?? 'uint8'), dims: c.dims(0) }];
}

function dequantize(c: InferenceContext): ValueType[] {
  checkScale(c);
  if (c.has(2) && c.type(2) !== c.type(0)) c.fail(`the zero point is ${c.type(2)}, the data ${c.type(0)}`);
  return [{ type: c.type(1), dims: c.dims(0) }];
}

function dynamicQuantize(c: InferenceContext): ValueType[] {
  return [
    { type: 'uint8', dims: c.dims(0) },
    { type: c.type(0), dims: [] },
    { type: 'uint8', dims: [] },
  ];
}

export const QUANTIZATION = [
  operator('QuantizeLinear', [2, 3], quantize, {
    attributes: { axis: int(1), saturate: int(1), output_dtype: int(0) },
  }),
  operator('DequantizeLinear', [2, 3], dequantize, { attributes: { axis: int(1) } }),
  operator('DynamicQuantizeLinear', 1, dynamicQuantize, { outputs: 3 }),
];
