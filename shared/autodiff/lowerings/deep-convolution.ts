import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import { spatialOf, tapsOf, windowOf } from '../window.ts';
import { batchFirst, columnsOf } from './columns.ts';

/** Beside so few positions a large weight is what a convolution spends its time on. */
const MOST_POSITIONS = 16;
const LEAST_WEIGHTS = 1 << 17;
const MOST_TAPS = 9;

/**
 * A convolution deep in a network, where images are a few positions and the weight is large, as one product over the
 * batch: the provider's own goes through the weight once for each image. Its gradient shares the columns, and needs
 * no turned copy of the weight. ONNX Runtime's CPU provider, 16 images, 3 x 3, one thread, ms: 512 x 2 x 2 to 512
 * channels forward 12 (as a product 4.5), input's gradient 25 (5.5); 256 x 4 x 4 to 512, stride 2: 9 (2.0), 16 (4.9);
 * 256 x 4 x 4 to 256: 4.0 (4.1), 8 (5.2).
 */
export const deepConvolution: ExpandRow = expansion(
  'Conv',
  '',
  'few positions and a large weight: one product over columns of the whole batch (CPU and WASM)',
  (c) => {
    const plan = planOf(c);
    if (plan === undefined) return undefined;
    const { e } = c;
    const { outputs, window, sizes } = plan;
    const columns = columnsOf(e, c.input(0), window, sizes, 1);
    const product = e.op('Gemm', [e.reshape(c.input(1), [outputs, -1]), columns]);
    const y = c.has(2) ? e.add(product, e.unsqueeze(c.input(2), [1])) : product;
    return [batchFirst(e, e.reshape(y, [outputs, ...sizes, -1]))];
  },
);

function planOf(c: ExpandContext) {
  const { builder } = c;
  const input = c.dims(0);
  const weight = c.dims(1);
  const kernel = spatialOf(weight);
  const spatial = spatialOf(input);
  if (kernel === undefined || spatial === undefined || c.number('group', 1) !== 1) return undefined;
  const [outputs, channels] = weight;
  if (typeof outputs !== 'number' || typeof channels !== 'number' || input[1] !== channels) return undefined;
  // A constant weight is laid out for the provider's own convolution when the session is made.
  if (c.type(0) !== 'float32' || builder.producer(c.input(1))?.op === 'Constant') return undefined;
  const window = windowOf(c.node, input, kernel);
  const { strides, dilations, begins, ends } = window;
  const sizes = spatial.map(
    (size, k) =>
      Math.floor((size + begins[k]! + ends[k]! - (kernel[k]! - 1) * dilations[k]! - 1) / strides[k]!) + 1,
  );
  const taps = tapsOf(kernel).length;
  const positions = sizes.reduce((a, b) => a * b, 1);
  const isDeep =
    positions > 0 &&
    positions <= MOST_POSITIONS &&
    taps <= MOST_TAPS &&
    outputs * channels * taps >= LEAST_WEIGHTS;
  return isDeep ? { outputs, window, sizes } : undefined;
}
