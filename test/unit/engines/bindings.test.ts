import { describe, expect, it } from 'vitest';
import { checkRun, signatureOf } from '../../../engines/bindings.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { graph, node, value } from './graphs.ts';

const model = graph(
  'flatten',
  [value('x', ['batch', 2]), value('rows', ['4*batch'])],
  [value('flat', ['2*batch']), value('free', ['some_symbol'])],
  [node('Identity', ['x'], ['flat'])],
);
const signature = signatureOf({ model });
const zeros = (...dims: number[]) =>
  float32(dims, new Float32Array(dims.reduce((product, dim) => product * dim, 1)));

describe('checkRun', () => {
  it('binds a symbol, and holds its multiples to it', () => {
    checkRun(signature, { x: zeros(3, 2), rows: zeros(12) }, { flat: zeros(6), free: zeros(5) });
    expect(() => checkRun(signature, { x: zeros(3, 2), rows: zeros(11) }, {})).toThrow(
      /input "rows" is float32\[11\], expected float32\[4\*batch\] with batch = 3 \(from input "x"\)/,
    );
    expect(() => checkRun(signature, { x: zeros(3, 2), rows: zeros(12) }, { flat: zeros(7) })).toThrow(
      /output "flat" is float32\[7\]/,
    );
  });

  it('names everything that does not fit at once', () => {
    expect(() => checkRun(signature, { y: zeros(1) }, { z: zeros(1) })).toThrow(
      /input "x".*missing; input "rows".*missing; there is no input "y".*; there is no output "z"/,
    );
  });
});

describe('signatureOf', () => {
  it('refuses to differentiate with respect to what is no input', () => {
    const gradients = { of: 'flat', withRespectTo: ['w'] };
    expect(() => signatureOf({ model, gradients })).toThrow(/"w", it is no input; inputs: x, rows/);
  });
});
