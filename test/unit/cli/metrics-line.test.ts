import { expect, test } from 'vitest';
import { metricsLine } from '../../../cli/ui/metrics-line.ts';

test('an evaluation says the worst tenth of its participants once', () => {
  const line = metricsLine({
    loss: 0.5,
    accuracy: 0.9,
    'worst-decile-accuracy': 0.712,
    'deviation-accuracy': 0.081,
    participants: 100,
  });
  expect(line).toMatch(
    /^loss 0\.50*, accuracy 90\.00 %; accuracy of 100 participants: worst tenth 71\.20 %, deviation 8\.10 %$/,
  );
});

test('without participants only the metrics', () => {
  expect(metricsLine({ accuracy: 0.9 })).toBe('accuracy 90.00 %');
});
