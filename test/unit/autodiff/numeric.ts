import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { LoweringTarget } from '../../../shared/autodiff/registry.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import type { Tensor, TensorMap } from '../../../shared/onnx/tensor.ts';
import { numbersOf, type Runner, runnerOf } from './run.ts';
import { tensorOf, uniform } from './spec.ts';

type Float = 'float32' | 'float64';

/**
 * Compares d(loss)/d(direction) as the gradient has it with a central difference, along one random direction over
 * all inputs at once (a wrong element shows with probability 1).
 *
 * @returns both numbers and the size that their difference is measured by.
 */
export async function directional(
  model: Model,
  feeds: TensorMap,
  wanted: readonly string[],
  type: Float,
  target: LoweringTarget = 'cpu',
): Promise<{ analytic: number; numeric: number; scale: number }> {
  const runner = await runnerOf(gradientModel(model, 'loss', wanted, target));
  try {
    const next = uniform(wanted.length + 99);
    const directions = new Map(
      wanted.map((name) => [name, numbersOf(feeds[name]).map(() => next() * 2 - 1)] as const),
    );
    const results = await runner.run(feeds);
    let analytic = 0;
    let scale = 0;
    for (const name of wanted) {
      const gradient = numbersOf(results[`${name}_grad`]);
      directions.get(name)?.forEach((d, k) => {
        analytic += (gradient[k] ?? Number.NaN) * d;
        scale += Math.abs((gradient[k] ?? 0) * d);
      });
    }
    const step = type === 'float64' ? 1e-5 : 1e-2;
    const numeric = await difference(runner, feeds, directions, step, type);
    return { analytic, numeric, scale: Math.max(scale, 0.05) };
  } finally {
    await runner.release();
  }
}

async function difference(
  runner: Runner,
  feeds: TensorMap,
  directions: ReadonlyMap<string, readonly number[]>,
  step: number,
  type: Float,
): Promise<number> {
  const lossAt = async (by: number) => {
    const moved: Record<string, Tensor> = { ...feeds };
    for (const [name, direction] of directions) {
      const tensor = feeds[name] as Tensor;
      const values = numbersOf(tensor).map((value, k) => value + by * (direction[k] as number));
      moved[name] = tensorOf(type, tensor.dims, values);
    }
    return numbersOf((await runner.run(moved))['loss'])[0] as number;
  };
  return ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
}
