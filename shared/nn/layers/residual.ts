import { z } from 'zod';
import { layer } from './layer.ts';

/** He et al. 2016: y = shortcut(x) + layers(x); the shortcut is x itself unless layers are given for it. */
export const residual = layer({
  schema: z.strictObject({
    layers: z.array(z.unknown()).min(1),
    shortcut: z.array(z.unknown()).default([]),
  }),
  shorthand: 'layers',
  nested: ['layers', 'shortcut'],
  description: 'Layers whose output is added to their input (or to the output of `shortcut` layers).',
  example: '- residual: [{ dense: 64 }, relu, { dense: 64 }]',
  build({ builder, input, name, stack, dimsOf, misfit }, { layers, shortcut }) {
    const branch = stack(layers, input, 'layers');
    const skip = stack(shortcut, input, 'shortcut');
    const [made, kept] = [dimsOf(branch), dimsOf(skip)];
    if (made.join() !== kept.join()) {
      throw misfit(
        `the layers make [${made.join(', ')}] of one example, to be added to [${kept.join(', ')}]: make both ` +
          'alike, or give `shortcut` layers (for images a conv with kernel 1)',
      );
    }
    return builder.op('Add', [branch, skip], {}, name);
  },
});
