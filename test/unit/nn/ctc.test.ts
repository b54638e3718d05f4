import { distance } from 'fastest-levenshtein';
import { describe, expect, it } from 'vitest';
import { createEngine, type EngineName } from '../../../engines/create.ts';
import type { Engine } from '../../../engines/engine.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { metricsOf } from '../../../shared/nn/metrics/metrics.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32, int32 } from '../../../shared/onnx/tensor.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { appendSums } from '../../../shared/programs/sums.ts';
import { runOnWebGpu } from '../autodiff/webgpu.ts';
import { relativeError } from '../programs/program-runner.ts';

interface Question {
  readonly steps: number;
  readonly classes: string;
  readonly blank: number;
  readonly logits: readonly (readonly number[])[];
  readonly labels: readonly string[];
}

const placesOf = (labels: readonly string[]) => Math.max(...labels.map(({ length }) => length));

function program({ steps, classes, blank, labels }: Question, evaluate: boolean) {
  const builder = new GraphBuilder();
  const target: TargetSpec = {
    kind: 'symbols',
    classes: [...classes],
    dims: [placesOf(labels)],
    steps: placesOf(labels),
  };
  builder.input('logits', 'float32', ['batch', steps, classes.length + 1]);
  const { sums } = appendSums(builder, ['logits'], { kind: 'ctc', blank }, target, { evaluate });
  return { model: builder.build(), sums };
}

function feedsOf({ steps, classes, logits, labels }: Question) {
  const places = placesOf(labels);
  const numbers = labels.flatMap((label) =>
    Array.from({ length: places }, (_, at) => (at < label.length ? classes.indexOf(label[at]!) : -1)),
  );
  return {
    logits: float32([labels.length, steps, classes.length + 1], logits.flat()),
    target: int32([labels.length, places], numbers),
  };
}

async function measure(engine: Engine, question: Question) {
  const { model, sums } = program(question, true);
  const executable = await engine.compile({ model, gradients: { of: LOSS, withRespectTo: ['logits'] } });
  const results = Object.fromEntries(sums.map((name) => [name, float32([], [0])]));
  const feeds = feedsOf(question);
  const gradient = float32(feeds.logits.dims, new Float32Array(feeds.logits.data.length));
  await executable.run(feeds, { ...results, logits_grad: gradient });
  await executable.release();
  const values = Object.fromEntries(sums.map((name) => [name, results[name]!.data[0] as number]));
  return { sums: values, gradient: Array.from(gradient.data as Float32Array) };
}

/** What a way through the steps says: repetitions are one symbol, blanks none. */
function reading(path: readonly number[], { classes, blank }: Question): string {
  const names = [...classes];
  names.splice(blank, 0, '');
  return path.map((output, step) => (output === path[step - 1] ? '' : names[output])).join('');
}

/** Σ over the labels of −log Σ (all ways that say it) Π p, divided by its symbols. */
function bruteForce(question: Question, logits: readonly (readonly number[])[]): number {
  const { steps, classes, labels } = question;
  const outputs = classes.length + 1;
  let sum = 0;
  for (const [row, label] of labels.entries()) {
    const rows = Array.from({ length: steps }, (_, step) => {
      const powers = logits[row]!.slice(step * outputs, (step + 1) * outputs).map(Math.exp);
      const total = powers.reduce((a, b) => a + b);
      return powers.map((power) => power / total);
    });
    let likelihood = 0;
    for (let number = 0; number < outputs ** steps; number++) {
      const path = rows.map((_, step) => Math.floor(number / outputs ** step) % outputs);
      if (reading(path, question) !== label) continue;
      likelihood += path.reduce((product, output, step) => product * rows[step]![output]!, 1);
    }
    sum -= Math.log(likelihood) / label.length;
  }
  return sum;
}

/** Numbers that look random, the same every time. */
function numbers(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const x = Math.sin(seed * 78.233 + index * 12.9898) * 43758.5453;
    return 4 * (x - Math.floor(x)) - 2;
  });
}

function question(
  steps: number,
  classes: string,
  blank: number,
  labels: readonly string[],
  seed: number,
): Question {
  const logits = labels.map((_, row) => numbers(steps * (classes.length + 1), seed + row).map(Math.fround));
  return { steps, classes, blank, labels, logits };
}

const tiny = [
  question(4, 'ab', 0, ['ab', 'aa', 'b'], 1),
  question(5, 'ab', 2, ['aba', 'bb', 'a'], 2),
  question(3, 'abc', 1, ['cab', 'a', 'bc'], 3),
];
const engines: readonly EngineName[] = ['cpu', 'wasm', 'tfjs'];

describe.each(engines)('ctc on %s', (name) => {
  it.each(tiny.map((each) => [each.labels.join(', '), each] as const))(
    'is what all alignments add up to: %s',
    async (_, each) => {
      const engine = await createEngine(name, { threads: 1 });
      const { sums, gradient } = await measure(engine, each);
      await engine.close();
      expect(sums['loss']).toBeCloseTo(bruteForce(each, each.logits), 4);
      const expected = each.logits.flatMap((row, r) =>
        row.map((_, at) => {
          const moved = (by: number) =>
            bruteForce(
              each,
              each.logits.map((other, k) => (k === r ? other.map((x, i) => (i === at ? x + by : x)) : other)),
            );
          return (moved(1e-5) - moved(-1e-5)) / 2e-5;
        }),
      );
      expect(relativeError(gradient, expected, 1e-7)).toBeLessThan(1e-4);
    },
  );

  it('counts the symbols that the best path has wrong', async () => {
    const engine = await createEngine(name, { threads: 1 });
    const labels = ['abcab', 'a', 'ccc', 'bacb', 'ab', 'cba', 'b', 'acacac'];
    for (const each of [question(9, 'abc', 0, labels, 7), question(14, 'abc', 3, labels, 40)]) {
      const read = each.logits.map((row) => {
        const steps = Array.from({ length: each.steps }, (_, step) => row.slice(step * 4, step * 4 + 4));
        return reading(
          steps.map((outputs) => outputs.indexOf(Math.max(...outputs))),
          each,
        );
      });
      const { sums } = await measure(engine, each);
      const faults = read.map((text, row) => distance(text, labels[row]!));
      const symbols = labels.join('').length;
      expect(sums['edit_distance']).toBe(faults.reduce((a, b) => a + b));
      expect(sums['symbol_count']).toBe(symbols);
      expect(metricsOf(sums)['label-error-rate']).toBe(sums['edit_distance']! / symbols);
    }
    await engine.close();
  });
});

it('counts a label as right where all of it is read', async () => {
  const engine = await createEngine('cpu', { threads: 1 });
  // Says a, a, blank, a, b: that is aab.
  const logits = [1, 1, 0, 1, 2].flatMap((best) => [0, 1, 2].map((output) => (output === best ? 9 : 0)));
  const base = { steps: 5, classes: 'ab', blank: 0 };
  const labels = ['aab', 'ab', 'aab', 'aabb'];
  const { sums } = await measure(engine, { ...base, labels, logits: labels.map(() => logits) });
  await engine.close();
  expect(sums).toMatchObject({ correct: 2, edit_distance: 2, symbol_count: 12, examples: 4 });
  expect(metricsOf(sums)).toMatchObject({ accuracy: 0.5, 'label-error-rate': 2 / 12 });
  // The live line shows the first that is no loss.
  expect(Object.keys(metricsOf(sums))).toEqual(['loss', 'label-error-rate', 'accuracy']);
});

it('runs on webgpu from end to end, with the same numbers', async () => {
  const device = await createEngine('webgpu', { threads: 1 }).catch((cause: Error) => cause);
  if (device instanceof Error) {
    console.info(`SKIPPED: ctc on webgpu: ${device.message.split('\n')[0]}`);
    return expect(device.name).toBe('EngineError');
  }
  await device.close();
  const each = question(9, 'abcd', 0, ['abca', 'dd', 'c'], 11);
  const { model, sums } = program(each, true);
  const found = await runOnWebGpu(gradientModel(model, LOSS, ['logits'], 'webgpu'), feedsOf(each));
  const engine = await createEngine('cpu', { threads: 1 });
  const expected = await measure(engine, each);
  await engine.close();
  for (const sum of sums) expect(found[sum]!.data[0]).toBeCloseTo(expected.sums[sum]!, 3);
  const gradient = Array.from(found['logits_grad']!.data as Float32Array);
  expect(relativeError(gradient, expected.gradient, 1e-7)).toBeLessThan(1e-3);
});
