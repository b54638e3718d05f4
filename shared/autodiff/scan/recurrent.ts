import { GraphBuilder } from '../../onnx/builder.ts';
import { constantTensor } from '../../onnx/constants.ts';
import { ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import { activationsOf } from '../../onnx/expand/recurrent/activations.ts';
import { CELLS, type CellRow } from '../../onnx/expand/recurrent/cells.ts';
import { finalStates } from '../../onnx/expand/recurrent/final-state.ts';
import { stackDirections } from '../../onnx/expand/recurrent/stack-directions.ts';
import {
  type DirectionInputs,
  inLayout0,
  perDirection,
  projectInput,
  trainingExpansionOf,
} from '../../onnx/expand/recurrent/unroll.ts';
import type { Graph, Node, ValueInfo } from '../../onnx/model.ts';
import { capturedBy } from '../../onnx/prune.ts';
import type { LoweringTarget } from '../registry.ts';
import { bodyGradient, type PullBack } from './body-gradient.ts';
import { hoisted } from './hoist.ts';
import { scanNode } from './scan-node.ts';

/** Fewer steps are written out. */
const FEWEST_STEPS = 4;

/**
 * LSTM, GRU and RNN as a Scan whose body is one step, with what the gradient of the step reads among its outputs (partial
 * evaluation, as in JAX's scan). The graph does not grow with the sequence: 64 steps of an LSTM are 40 nodes
 * where they were 2,500, and the runtime loads them in milliseconds.
 */
export function scanExpansions(
  pullBack: PullBack,
  target: LoweringTarget,
): (op: string, domain: string) => ExpandRow | undefined {
  return (op, domain) => {
    const row = trainingExpansionOf(op, domain);
    return row && expansion(op, '', 'a Scan', (c) => asScan(pullBack, target, c, row));
  };
}

function asScan(
  pullBack: PullBack,
  target: LoweringTarget,
  c: ExpandContext,
  unrolled: ExpandRow,
): readonly (string | undefined)[] | undefined {
  const row = CELLS[c.node.op] as CellRow;
  if (c.number('layout', 0) === 1) {
    const { context, finish } = inLayout0(c, row);
    const outputs = asScan(pullBack, target, context, unrolled);
    return outputs && finish(outputs);
  }
  const length = c.dims(0)[0];
  if (typeof length !== 'number' || length < FEWEST_STEPS) return unrolled.expand(c);
  const direction = c.string('direction', 'forward');
  const directions = direction === 'bidirectional' ? 2 : 1;
  const inputs = perDirection(c, row, directions);
  const runs = inputs.map((given, d) =>
    run(pullBack, target, c, {
      row,
      given,
      directions,
      d,
      length,
      backward: direction === 'reverse' || d === 1,
    }),
  );
  const y = c.wants(0)
    ? stackDirections(
        c,
        runs.map(({ outputs }) => outputs),
        1,
      )
    : undefined;
  const ends = runs.map(({ final }, d) => ({ final, initial: inputs[d]!.initial }));
  return [y, ...finalStates(c, row.states, ends)];
}

interface Direction {
  readonly row: CellRow;
  readonly given: DirectionInputs;
  readonly directions: number;
  readonly d: number;
  readonly length: number;
  readonly backward: boolean;
}

function run(
  pullBack: PullBack,
  target: LoweringTarget,
  c: ExpandContext,
  direction: Direction,
): { readonly outputs: string; readonly final: readonly string[] } {
  const { row, given, length, backward } = direction;
  const { weights, initial } = given;
  const projected = projectInput(c, row, weights, length);
  const mask = maskOf(c, length);
  const hidden = c.e.dimsOf(weights.r)[1] as number;
  const start = Array.from({ length: row.states }, (_, k) => initial[k] ?? zeros(c, hidden));
  const body = stepBody(c, direction, projected, mask, start);
  const { read, builder } = bodyGradient(pullBack, {
    body,
    states: row.states,
    typeOf: (name) => c.typeOf(name),
    given: body.outputs.map(() => true),
    wantedInputs: body.inputs.map(({ type }) => type !== 'bool'),
    wantedCaptured: new Set(capturedBy(body)),
    target,
  });
  const slices = new Set(body.inputs.slice(row.states).map(({ name }) => name));
  const outputs: ValueInfo[] = [...body.outputs];
  const nodes: Node[] = [...body.nodes];
  const isComputed = new Set(nodes.flatMap((node) => node.outputs));
  const taken = new Set(outputs.map(({ name }) => name));
  for (const name of read) {
    if (slices.has(name) || outputs.slice(row.states).some((output) => output.name === name)) continue;
    const type = builder.typeOf(name);
    if (isComputed.has(name) && !taken.has(name)) {
      outputs.push({ name, ...type });
      continue;
    }
    const copy = `${name}/kept`;
    nodes.push({ name: copy, op: 'Identity', domain: '', inputs: [name], outputs: [copy], attributes: {} });
    outputs.push({ name: copy, ...type });
  }
  const values = [...start, projected, ...(mask === undefined ? [] : [mask])];
  const results = scanNode(c.builder, {
    name: `${c.node.name}/Scan`,
    nodes,
    inputs: body.inputs.map((input, k) => ({ ...input, value: values[k] as string })),
    outputs,
    states: row.states,
    backward,
  });
  return { outputs: results[row.states] as string, final: results.slice(0, row.states) };
}

/** Zeros [N, hidden]. */
function zeros(c: ExpandContext, hidden: number): string {
  const batch = c.e.dim(c.input(0), 1);
  const shape = c.e.concat([batch, c.e.ints([hidden])], 0);
  return c.e.op('Expand', [c.e.scalar(0, c.type(0)), shape]);
}

/** Bool [T, N, 1]: whether an example's sequence still has a step; none where all are full. */
function maskOf(c: ExpandContext, length: number): string | undefined {
  if (!c.has(4) || c.numbers(4)?.every((value) => value === length)) return undefined;
  const range = Array.from({ length }, (_, t) => t);
  const steps = c.e.constant(constantTensor(c.type(4), [length, 1, 1], range));
  return c.e.greater(c.e.unsqueeze(c.input(4), [0, 2]), steps);
}

/** One step: states and slices to the next states and the output. What does not change from step to step is hoisted. */
function stepBody(
  c: ExpandContext,
  { row, given, directions, d }: Direction,
  projected: string,
  mask: string | undefined,
  start: readonly string[],
): Graph {
  const { weights } = given;
  const builder = new GraphBuilder();
  const invariant = [weights.r, weights.wb, weights.rb, ...(weights.peepholes ?? [])];
  for (const name of new Set(invariant)) {
    if (name !== undefined) builder.input(name, c.typeOf(name).type, c.typeOf(name).dims);
  }
  const names = invariant.filter((name) => name !== undefined);
  const slice = (name: string, of: string) =>
    builder.input(builder.unique(name), c.typeOf(of).type, c.typeOf(of).dims.slice(1));
  const state = start.map((value, k) =>
    builder.input(
      builder.unique(`state${k}`),
      c.typeOf(value).type,
      c.typeOf(projected).dims.slice(1, 2).concat(c.typeOf(value).dims.slice(1)),
    ),
  );
  const input = slice('projected', projected);
  const unended = mask === undefined ? undefined : slice('unended', mask);
  const inside = new ExpandContext(c.node, c.inputs, builder, c.inline, c.mostNodes);
  const activations = activationsOf(inside, row.activations, directions)[d]!;
  const next = row.make(inside, weights, activations)(input, state);
  const { e } = inside;
  const kept = unended === undefined ? next : next.map((value, k) => e.where(unended, value, state[k]!));
  const y = unended === undefined ? e.op('Identity', [kept[0]!]) : e.where(unended, next[0]!, 0);
  const info = (name: string): ValueInfo => ({ name, ...builder.typeOf(name) });
  return hoisted(c.builder, new Set(names), {
    name: `${c.node.name}/step`,
    nodes: builder.nodes,
    inputs: [...state, input, ...(unended === undefined ? [] : [unended])].map(info),
    outputs: [...kept, y].map(info),
    initializers: new Map(),
  });
}
