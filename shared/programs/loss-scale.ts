import { GraphBuilder } from '../onnx/builder.ts';
import { LOSS, type Program } from './program.ts';

/**
 * The program with one more input, a number that its loss is multiplied by before it is differentiated (Micikevicius et al. 2018,
 * section 3.2): gradients are that much larger while they are float16, whose range ends at 2^-24, and are divided by it
 * once they are float32. The loss that it reports is the loss.
 */
export function withLossScale(program: Program): Program {
  const builder = GraphBuilder.from(program.model);
  const input = builder.input(builder.unique('loss_scale'), 'float32', []);
  const scaled = builder.output(builder.op('Mul', [LOSS, input], {}, 'scaled_loss'));
  return { ...program, model: builder.build(), scaled: { input, loss: scaled } };
}
