import { broadcastDims } from '../dims.ts';
import type { ValueType } from '../model.ts';
import { like, likeFloat, sameTypes } from './common.ts';
import { float, type InferenceContext, int, operator, string } from './operator.ts';

function prelu(c: InferenceContext): ValueType[] {
  const dims = broadcastDims(c.dims(0), c.dims(1));
  if (dims.length !== c.dims(0).length) c.fail('the slope (input 1) must broadcast to the shape of input 0');
  return [{ type: sameTypes(c), dims: c.dims(0) }];
}

function alongAxis(c: InferenceContext): ValueType[] {
  c.axis(c.int('axis'), c.dims(0).length);
  return likeFloat(c);
}

const axis = { attributes: { axis: int(-1) } };

/** Defaults from the specification of each operator. */
export const ACTIVATIONS = [
  operator('Relu', 1, like),
  operator('PRelu', 2, prelu),
  operator('LeakyRelu', 1, likeFloat, { attributes: { alpha: float(0.01) } }),
  operator('Elu', 1, likeFloat, { attributes: { alpha: float(1) } }),
  operator('Celu', 1, likeFloat, { attributes: { alpha: float(1) } }),
  operator('Selu', 1, likeFloat, {
    attributes: { alpha: float(1.6732631921768188), gamma: float(1.0507010221481323) },
  }),
  operator('ThresholdedRelu', 1, likeFloat, { attributes: { alpha: float(1) } }),
  operator('HardSigmoid', 1, likeFloat, { attributes: { alpha: float(0.2), beta: float(0.5) } }),
  operator('Gelu', 1, likeFloat, { attributes: { approximate: string('none') } }),
  operator('Shrink', 1, like, { attributes: { bias: float(0), lambd: float(0.5) } }),
  ...['HardSwish', 'Softplus', 'Softsign', 'Mish', 'Sigmoid', 'Tanh', 'Erf'].map((name) =>
    operator(name, 1, likeFloat),
  ),
  ...['Softmax', 'LogSoftmax', 'Hardmax'].map((name) => operator(name, 1, alongAxis, axis)),
];
