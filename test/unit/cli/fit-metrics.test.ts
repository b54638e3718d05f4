import { expect, test } from 'vitest';
import { metricsWithin, ranked } from '../../../cli/ui/fit-metrics.ts';

const metrics = { loss: 0.5, recall: 0.25, accuracy: 0.75, 'worst-decile-accuracy': 0.5 };

test('metrics that fit are all shown, what is looked for first before the others', () => {
  expect(ranked(Object.keys(metrics))).toEqual(['accuracy', 'loss', 'recall', 'worst-decile-accuracy']);
  expect(metricsWithin(metrics, 200)).toMatch(/^accuracy .*, loss .*, recall .*, worst-decile-accuracy /);
});

test('of more than the line holds it is said how many are left out', () => {
  const text = metricsWithin(metrics, 45);
  expect(text).toMatch(/^accuracy 75.*, … [12] more$/);
  expect(text.length).toBeLessThanOrEqual(45);
  expect(metricsWithin(metrics, 20)).toMatch(/^accuracy 75\S* %, …$/);
  expect(metricsWithin(metrics, -5)).toMatch(/^accuracy 75\S* %, … 3 more$/);
  expect(metricsWithin({}, 45)).toBe('');
});
