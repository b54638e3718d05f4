import type { GraphBuilder } from '../../onnx/builder.ts';
import { tensorOfConstant } from '../../onnx/constants.ts';
import type { Expressions } from '../../onnx/expressions.ts';
import type { Node } from '../../onnx/model.ts';
import { numberOf } from '../attributes.ts';

/** What computes each number from those in the same place, so that one more axis in front changes nothing. */
const ELEMENTWISE = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Abs', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Pow', 'Sigmoid', 'Tanh'],
  ...['Where', 'Greater', 'Less', 'Equal', 'GreaterOrEqual', 'LessOrEqual', 'And', 'Or', 'Not', 'Cast'],
]);

/**
 * Values of a loop's body that follow from its slices alone. They are computed around the loop, for all steps by one
 * node: a node in a loop costs microseconds in each step, whatever it computes.
 */
export class AllSteps {
  readonly #e: Expressions;
  readonly #body: GraphBuilder;
  readonly #sources: (slice: string) => string;
  readonly #nodes = new Map<string, Node>();
  readonly #slices: ReadonlySet<string>;
  readonly #around = new Map<string, string>();

  /**
   * @param e appends to the graph around the loop
   * @param body types the values of the body
   * @param slices values of the body that change from step to step and are known around it
   * @param sources where all steps of such a value are, one more axis in front
   */
  constructor(
    e: Expressions,
    body: GraphBuilder,
    slices: readonly string[],
    sources: (slice: string) => string,
  ) {
    this.#e = e;
    this.#body = body;
    this.#slices = new Set(slices);
    this.#sources = sources;
  }

  has(value: string): boolean {
    return this.#slices.has(value) || this.#nodes.has(value);
  }

  /** Takes a node out of the loop, if it can be: nothing is computed until `around` asks for it. */
  take(node: Node): boolean {
    const [output] = node.outputs;
    if (output === undefined || node.outputs.length > 1 || node.domain !== '') return false;
    const rank = this.#body.typeOf(output).dims.length;
    const fits = (input: string): boolean => {
      const { dims } = this.#body.typeOf(input);
      if (this.has(input)) return dims.length === rank;
      return node.op !== 'Concat' && this.#isConstant(input) && dims.length <= rank;
    };
    if (node.op !== 'Concat' && !ELEMENTWISE.has(node.op)) return false;
    if (!node.inputs.some((input) => this.has(input)) || !node.inputs.every(fits)) return false;
    this.#nodes.set(output, node);
    return true;
  }

  /** All steps of a value, [steps, …]. */
  around(value: string): string {
    const known = this.#around.get(value);
    if (known !== undefined) return known;
    const node = this.#nodes.get(value);
    const result = node === undefined ? this.#other(value) : this.#append(node);
    this.#around.set(value, result);
    return result;
  }

  #append({ op, inputs, attributes }: Node): string {
    const around = inputs.map((input) => this.around(input));
    if (op !== 'Concat') return this.#e.op(op, around, attributes);
    const axis = numberOf({ attributes } as Node, 'axis', 0);
    return this.#e.op(op, around, { axis: axis < 0 ? axis : axis + 1 });
  }

  #other(value: string): string {
    const node = this.#body.producer(value);
    const tensor = node && !this.#slices.has(value) ? tensorOfConstant(node) : undefined;
    return tensor === undefined ? this.#sources(value) : this.#e.constant(tensor);
  }

  #isConstant(value: string): boolean {
    const node = this.#body.producer(value);
    return node?.op === 'Constant' && tensorOfConstant(node) !== undefined;
  }
}
