import type { Expressions } from '../onnx/expressions.ts';
import type { Node } from '../onnx/model.ts';

/** Where the gradient graph will run: a rule may have a faster form for one of them. */
export type LoweringTarget = 'cpu' | 'wasm' | 'webgpu';

/** What a rule sees of the node it differentiates. */
export interface RuleContext {
  readonly node: Node;
  /** Names of the node's inputs; '' where an optional one is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** dL/d(output), by output; undefined where it is structurally zero. At least one is defined. */
  readonly gradients: readonly (string | undefined)[];
  /** Which inputs lead to a value that is being differentiated with respect to; the others' gradients are not read. */
  readonly wanted: readonly boolean[];
  readonly target: LoweringTarget;
  /** Appends nodes. */
  readonly e: Expressions;
}

/**
 * dL/d(input), by input; undefined is structurally zero. A gradient may have the shape that the input was
 * broadcast to: the walker sums it back.
 */
export type Rule = (context: RuleContext) => readonly (string | undefined)[];

/** One row of the registry. */
export interface RuleRow {
  readonly op: string;
  /** 'zero': piecewise constant, so its gradient is zero. 'none': integers or truth values come out. */
  readonly kind: 'rule' | 'zero' | 'none';
  readonly rule: Rule;
  /** For docs/operators.md: the derivative, its conventions at kinks, its lowerings. */
  readonly note: string;
}

/** A differentiable operator. */
export function rule(op: string, note: string, apply: Rule): RuleRow {
  return { op, kind: 'rule', rule: apply, note };
}

/** An operator that is constant almost everywhere. */
export function zero(op: string, note = 'constant almost everywhere'): RuleRow {
  return { op, kind: 'zero', rule: () => [], note };
}

/** An operator whose outputs are integers or truth values. */
export function none(op: string, note = 'integers or truth values come out'): RuleRow {
  return { op, kind: 'none', rule: () => [], note };
}

/** The single output's gradient, for rules of operators with one output. */
export function gradientOf(context: RuleContext): string {
  return context.gradients[0] as string;
}
