import type { Dim, ValueType } from '../model.ts';
import { type InferenceContext, int, ints, operator, required, spec, VARIADIC } from './operator.ts';

/**
 * Scan (https://onnx.ai/onnx/operators/onnx__Scan.html) along first axes, as training programs write it: what the body
 * declares of its outputs is taken at its word. That of a file is written out on import.
 */
function scan(c: InferenceContext): ValueType[] {
  const body = c.node.attributes['body'];
  if (body?.kind !== 'graph') return c.fail('attribute body is missing');
  const scanned = c.int('num_scan_inputs');
  const states = c.inputs.length - scanned;
  const { inputs, outputs } = body.value;
  if (scanned < 1 || states < 0) c.fail(`num_scan_inputs is ${scanned}; it has ${c.inputs.length} inputs`);
  if (inputs.length !== c.inputs.length) c.fail(`its body has ${inputs.length} inputs`);
  for (const name of ['scan_input_axes', 'scan_output_axes']) {
    if (c.ints(name)?.some((axis) => axis !== 0)) c.fail(`${name} must be 0`);
  }
  const length = c.dim(states, 0);
  for (let i = states; i < c.inputs.length; i++) {
    const other: Dim = c.dim(i, 0);
    if (other !== length) c.fail(`its scanned inputs have ${length} and ${other} slices`);
  }
  return outputs.map(({ type, dims }, i) => (i < states ? c.input(i) : { type, dims: [length, ...dims] }));
}

export const SCAN = operator('Scan', VARIADIC, scan, {
  outputs: VARIADIC,
  attributes: {
    body: required(spec('graph')()),
    num_scan_inputs: required(int()),
    scan_input_axes: ints(),
    scan_output_axes: ints(),
    scan_input_directions: ints(),
    scan_output_directions: ints(),
  },
});
