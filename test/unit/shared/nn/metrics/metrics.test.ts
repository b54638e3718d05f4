import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confusionOf, perClass } from '../../../../../shared/nn/metrics/confusion.ts';
import { addSums, higherIsBetter, metricsOf } from '../../../../../shared/nn/metrics/metrics.ts';

describe('metricsOf', () => {
  it('divides a loss by its denominator, and counts by examples', () => {
    expect(metricsOf({ loss: 6, denominator: 12, correct: 9, examples: 10 })).toEqual({
      loss: 0.5,
      accuracy: 0.9,
    });
    expect(metricsOf({ loss: 6, denominator: 12, correct: 9 })).toEqual({ loss: 0.5, accuracy: 0.75 });
  });

  it('has the errors of a regression, and r2 as the share of variance that is explained', () => {
    const targets = [1, 2, 4, 9];
    const predictions = [1.5, 2, 3, 10];
    const errors = predictions.map((value, i) => value - targets[i]!);
    const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
    const mean = total(targets) / 4;
    const residual = total(errors.map((error) => error ** 2));
    const metrics = metricsOf({
      loss: residual,
      denominator: 4,
      squared_error: residual,
      absolute_error: total(errors.map(Math.abs)),
      target_sum: total(targets),
      target_squares: total(targets.map((value) => value ** 2)),
    });
    expect(metrics['rmse']).toBeCloseTo(Math.sqrt(residual / 4), 12);
    expect(metrics['mae']).toBeCloseTo(2.5 / 4, 12);
    expect(metrics['r2']).toBeCloseTo(1 - residual / total(targets.map((value) => (value - mean) ** 2)), 12);
  });

  it('leaves out what is undefined, and shows a loss that diverged', () => {
    expect(metricsOf({})).toEqual({});
    expect(metricsOf({ loss: 0, denominator: 0, correct: 0 })).toEqual({});
    expect(metricsOf({ loss: Number.NaN, denominator: 4, correct: 1 })).toEqual({
      loss: Number.NaN,
      accuracy: 0.25,
    });
    const constant = { loss: 1, denominator: 2, squared_error: 1, target_sum: 4, target_squares: 8 };
    expect(metricsOf(constant)).not.toHaveProperty('r2');
  });

  it('is the same for sums that were split over members', () => {
    const sums = fc.record({
      loss: fc.integer(),
      denominator: fc.integer({ min: 1, max: 99 }),
      correct: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(sums, { minLength: 1, maxLength: 6 }), (parts) => {
        const whole = parts.reduce<Record<string, number>>((total, part) => addSums(total, part), {});
        const denominator = parts.reduce((sum, part) => sum + part.denominator, 0);
        const correct = parts.reduce((sum, part) => sum + part.correct, 0);
        expect(metricsOf(whole)['accuracy']).toBe(correct / denominator);
      }),
    );
  });

  it('knows which way a metric is better', () => {
    expect(['accuracy', 'r2', 'recall'].every(higherIsBetter)).toBe(true);
    expect(['loss', 'rmse', 'mae'].some(higherIsBetter)).toBe(false);
  });
});

describe('confusion', () => {
  // Rows are targets: 8 of 10 zeros right, 1 of 4 ones, no twos, 3 of 3 threes.
  const sums = {
    loss: 1,
    'confusion.0': 8,
    'confusion.1': 2,
    'confusion.4': 3,
    'confusion.5': 1,
    'confusion.15': 3,
  };
  const matrix = [
    [8, 2, 0, 0],
    [3, 1, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 3],
  ];

  it('is read from sparse sums', () => {
    expect(confusionOf(sums, 4)).toEqual(matrix);
    expect(confusionOf({ loss: 1 }, 4)).toBeUndefined();
    expect(() => confusionOf({ 'confusion.16': 1 }, 4)).toThrow(RangeError);
    expect(() => confusionOf({ 'confusion.x': 1 }, 4)).toThrow(RangeError);
  });

  it('gives recall, precision and F1 of every class', () => {
    const [zero, one, two, three] = perClass(matrix);
    expect(zero).toEqual({
      index: 0,
      support: 10,
      recall: 0.8,
      precision: 8 / 11,
      f1: 16 / 21,
    });
    expect(one).toMatchObject({ recall: 0.25, precision: 1 / 3 });
    expect(two).toMatchObject({
      support: 0,
      recall: Number.NaN,
      precision: Number.NaN,
    });
    expect(three).toMatchObject({ recall: 1, precision: 1, f1: 1 });
  });
});
