import type { ExpandContext } from '../context.ts';
import { stackDirections } from './stack-directions.ts';

/** What the last states of a direction are computed from, [N, H] each; `initial` is undefined where it is zero. */
interface DirectionEnd {
  readonly initial: readonly (string | undefined)[];
  readonly final: readonly string[];
}

/**
 * The states after the last step, [directions, N, H] each; undefined where nobody wants one. ONNX does not say what that of an example
 * without a step is (onnx/onnx issue 1674); ONNX Runtime, which exported files run in, gives zeros on cpu and wasm,
 * and not the initial state. The training form does the same, so that what is trained is what is exported.
 */
export function finalStates(
  c: ExpandContext,
  states: number,
  ends: readonly DirectionEnd[],
): (string | undefined)[] {
  let begun: string | undefined;
  return Array.from({ length: states }, (_, state) => {
    if (!c.wants(state + 1)) return undefined;
    const own = ends.map(({ initial, final }) => {
      const value = final[state] as string;
      if (initial[state] === undefined || !mayBeEmpty(c)) return value;
      begun ??= c.e.greater(c.e.unsqueeze(c.input(4), [1]), 0);
      return c.e.where(begun, value, 0);
    });
    return stackDirections(c, own, 0);
  });
}

function mayBeEmpty(c: ExpandContext): boolean {
  return c.has(4) && c.numbers(4)?.every((length) => length > 0) !== true;
}
