import type { Graph } from '../model.ts';
import { int64 } from '../tensor.ts';
import type { ExpandContext } from './context.ts';
import { stack, steps } from './steps.ts';

const MOST_STEPS = 10_000;

/**
 * Loop (https://onnx.ai/onnx/operators/onnx__Loop.html): the body once for every iteration, as long as trip count
 * and condition follow from constants and shapes.
 */
export function expandLoop(c: ExpandContext): readonly (string | undefined)[] {
  const body = c.body('body');
  const most = c.has(0) ? c.numbers(0)?.[0] : Number.POSITIVE_INFINITY;
  if (most === undefined) {
    c.fail(
      'its trip count is computed from data, so its repetitions cannot be written out and differentiated: export ' +
        'the model with a constant count',
    );
  }
  if (Number.isFinite(most)) checkSteps(c, body, most);
  let condition = c.has(1) ? c.input(1) : truth(c);
  let carried: readonly string[] = c.inputs.slice(2);
  if (body.inputs.length !== carried.length + 2) {
    c.fail(`it carries ${carried.length} values, its body has ${body.inputs.length} inputs`);
  }
  const collected: string[][] = body.outputs.slice(carried.length + 1).map(() => []);
  for (let step = 0; step < most && goesOn(c, condition, step); step++) {
    checkSteps(c, body, step + 1);
    const iteration = c.e.constant(int64([], [step]));
    const [next, ...results] = c.inline(body, [iteration, condition, ...carried]);
    condition = next as string;
    const kept = carried.length;
    carried = results.slice(0, kept);
    for (const [i, value] of results.slice(kept).entries()) collected[i]?.push(value);
  }
  return [...carried, ...collected.map((values, i) => gathered(c, values, carried.length + i))];
}

function truth(c: ExpandContext): string {
  return c.e.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
}

function goesOn(c: ExpandContext, condition: string, step: number): boolean {
  const [known] = c.builder.knownNumbers(condition) ?? [];
  if (known !== undefined) return known !== 0;
  return c.fail(
    `whether it goes on after ${step} repetitions is computed from data: only loops whose number of repetitions ` +
      'is constant can be written out and differentiated',
  );
}

function gathered(c: ExpandContext, values: readonly string[], output: number): string | undefined {
  if (!c.wants(output)) return undefined;
  if (values.length === 0) c.fail(`it runs 0 times, so the shape of its output ${output} is not known`);
  return stack(c.e, values, 0);
}

/** Scan (https://onnx.ai/onnx/operators/onnx__Scan.html): the body once for every slice of the scanned inputs. */
export function expandScan(c: ExpandContext): readonly (string | undefined)[] {
  const body = c.body('body');
  const scanned = c.number('num_scan_inputs', 0);
  const states = c.inputs.length - scanned;
  if (scanned < 1 || states < 0) c.fail(`num_scan_inputs is ${scanned}; it has ${c.inputs.length} inputs`);
  if (body.inputs.length !== c.inputs.length) {
    c.fail(`it has ${c.inputs.length} inputs, its body ${body.inputs.length}`);
  }
  const axes = c.list('scan_input_axes') ?? [];
  const axisOf = (i: number) => c.axis(axes[i] ?? 0, c.rank(states + i));
  const lengths = Array.from({ length: scanned }, (_, i) => c.size(states + i, axisOf(i)));
  const [length = 0] = lengths;
  if (lengths.some((other) => other !== length))
    c.fail(`its scanned inputs have ${lengths.join(', ')} slices`);
  checkSteps(c, body, length);
  const backward = c.list('scan_input_directions') ?? [];
  const slices = lengths.map((_, i) => {
    const values = steps(c.e, c.input(states + i), axisOf(i), length);
    return backward[i] === 1 ? values.reverse() : values;
  });
  let state: readonly string[] = c.inputs.slice(0, states);
  const collected: string[][] = body.outputs.slice(states).map(() => []);
  for (let step = 0; step < length; step++) {
    const results = c.inline(body, [...state, ...slices.map((values) => values[step] as string)]);
    state = results.slice(0, states);
    for (const [i, value] of results.slice(states).entries()) collected[i]?.push(value);
  }
  return [...state, ...collected.map((values, i) => scanOutput(c, values, states + i, i))];
}

function scanOutput(
  c: ExpandContext,
  values: readonly string[],
  output: number,
  index: number,
): string | undefined {
  const [first] = values;
  if (!c.wants(output) || first === undefined) return gathered(c, values, output);
  const axis = c.axis(c.list('scan_output_axes')?.[index] ?? 0, c.typeOf(first).dims.length + 1);
  const reverse = c.list('scan_output_directions')?.[index] === 1;
  return stack(c.e, reverse ? [...values].reverse() : values, axis);
}

/** The walk counts nodes too, bodies in bodies included; this says so before any is written. */
function checkSteps(c: ExpandContext, body: Graph, count: number): void {
  const nodes = body.nodes.length;
  if (count <= MOST_STEPS && count * nodes <= c.mostNodes) return;
  c.fail(
    `its ${count} repetitions of ${nodes} nodes are too many to write out (at most ${MOST_STEPS} repetitions, ` +
      `${c.mostNodes} nodes in all): export the model for shorter sequences`,
  );
}
