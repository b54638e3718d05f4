import type { LayerJob, ModelJob } from '../../job/job.ts';

/** A value of a network that is being described; only `functional` looks inside. */
export interface Value {
  readonly layer: LayerJob | undefined;
  readonly inputs: readonly Value[];
}

/** What comes into the model: the features, normalised as the job says. */
export function input(): Value {
  return { layer: undefined, inputs: [] };
}

/** The sum of values of the same shape. */
export function add(...values: readonly [Value, Value, ...Value[]]): Value {
  return apply({ type: 'add', options: {} }, values);
}

/** The product of values of the same shape, element by element. */
export function multiply(...values: readonly [Value, Value, ...Value[]]): Value {
  return apply({ type: 'multiply', options: {} }, values);
}

/** Values one behind the other along an axis of [batch, …]; 1, the channels or features, unless given. */
export function concatenate(values: readonly [Value, Value, ...Value[]], axis = 1): Value {
  return apply({ type: 'concatenate', options: { axis } }, values);
}

/** The dot product of two values along their last axis, [batch, 1]. */
export function dot(left: Value, right: Value): Value {
  return apply({ type: 'dot', options: {} }, [left, right]);
}

export function apply(layer: LayerJob, inputs: readonly Value[]): Value {
  return { layer, inputs };
}

/**
 * The `model` of a job that computes `output` from `start`: the list of layers that a job file has for it, in which
 * values that are used later are labelled. Several outputs, `{ digit, parity }`, are labelled with their names.
 *
 * @param start what `input()` gave
 * @throws TypeError when an output depends on another input
 */
export function functional(start: Value, output: Value | Readonly<Record<string, Value>>): ModelJob {
  const named = isValue(output) ? [] : Object.entries(output);
  const order: Value[] = [];
  const seen = new Set<Value>();
  for (const value of isValue(output) ? [output] : named.map(([, each]) => each)) visit(value, seen, order);
  const foreign = order.find((value) => value.layer === undefined && value !== start);
  if (foreign)
    throw new TypeError('functional(): the output is made from another input() than the one given.');
  if (!order.includes(start)) throw new TypeError('functional(): the output does not depend on the input.');
  // The input comes first, whatever branch was described first.
  const values = [start, ...order.filter((value) => value !== start)];
  const kept = new Set<Value>();
  values.forEach((value, index) => {
    value.inputs.forEach((from, place) => {
      if (place > 0 || from !== values[index - 1]) kept.add(from);
    });
  });
  // No name of an output, and none twice.
  const taken = new Set(named.map(([name]) => name));
  const labels = new Map(
    [...values]
      .filter((value) => kept.has(value))
      .map((value, index) => {
        const label = `value${index + 1}`;
        return [value, taken.has(label) ? `${label}_inner` : label];
      }),
  );
  const layers = values.flatMap((value, index) => [
    ...entries(value, values[index - 1], labels),
    ...(kept.has(value) ? [{ type: 'label', options: { name: labels.get(value)! } }] : []),
    ...named.filter(([, each]) => each === value).map(([name]) => ({ type: 'label', options: { name } })),
  ]);
  return { kind: 'layers', layers };
}

function isValue(output: Value | Readonly<Record<string, Value>>): output is Value {
  return Array.isArray(output['inputs']);
}

/** Inputs before what they go into; without recursion, so that depth has no limit. */
function visit(output: Value, seen: Set<Value>, order: Value[]): void {
  const stack: { value: Value; ready: boolean }[] = [{ value: output, ready: false }];
  while (stack.length > 0) {
    const { value, ready } = stack.pop()!;
    if (ready) order.push(value);
    else if (!seen.has(value)) {
      seen.add(value);
      stack.push({ value, ready: true });
      for (const from of [...value.inputs].reverse()) stack.push({ value: from, ready: false });
    }
  }
}

function entries(value: Value, before: Value | undefined, labels: ReadonlyMap<Value, string>): LayerJob[] {
  const { layer, inputs } = value;
  if (layer === undefined) return [];
  const [first, ...others] = inputs.map((from) => labels.get(from));
  const start = inputs[0] === before ? [] : [{ type: 'from', options: { label: first! } }];
  if (others.length === 0) return [...start, layer];
  const words = layer.type === 'dot' ? { label: others[0]! } : { labels: others };
  return [...start, { type: layer.type, options: { ...layer.options, ...words } }];
}
