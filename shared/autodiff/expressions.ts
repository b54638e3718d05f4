// Rules and expansions (shared/onnx/expand) write formulas in the same way; the class lives with the latter.
export { Expressions, type Operand, sameDims, withOneFree } from '../onnx/expressions.ts';
