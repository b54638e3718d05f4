import type { GraphBuilder } from '../../onnx/builder.ts';
import { float32 } from '../../onnx/tensor.ts';

const BASE = 10_000;

/**
 * Su et al. 2021, in the form of GPT-NeoX and LLaMA: feature i of a head turns with feature i + size / 2 by the angle
 * t / 10000^(2i / size). The sign of the sine is in the constant: x * cos + swapped * (∓ sin).
 *
 * @param value [batch, time, heads, size], size even
 */
export function rotate(builder: GraphBuilder, value: string, name: string): string {
  const [, time, , size] = builder.typeOf(value).dims as readonly [string, number, number, number];
  const half = size / 2;
  const table = (of: (angle: number, first: boolean) => number) =>
    float32(
      [time, 1, size],
      Float32Array.from({ length: time * size }, (_, index) => {
        const [at, place] = [Math.floor(index / size), index % size];
        return of(at / BASE ** ((2 * (place % half)) / size), place < half);
      }),
    );
  const cosines = builder.constant(table(Math.cos), 'cosines');
  const sines = builder.constant(
    table((angle, first) => (first ? -Math.sin(angle) : Math.sin(angle))),
    'sines',
  );
  const halves = builder.node(
    'Split',
    [value, builder.ints([half, half])],
    { axis: 3 },
    { name: `${name}/halves`, outputs: 2 },
  );
  const swapped = builder.op('Concat', [halves[1]!, halves[0]!], { axis: 3 }, `${name}/swapped`);
  const along = builder.op('Mul', [value, cosines], {}, `${name}/along`);
  const across = builder.op('Mul', [swapped, sines], {}, `${name}/across`);
  return builder.op('Add', [along, across], {}, name);
}
