import { describe, expect, it } from 'vitest';
import { progressFacts } from '../../../cli/ui/render-run.ts';
import { spreadOf, spreadText, withoutSpread } from '../../../cli/ui/spread.ts';
import { runView } from './view-fixture.ts';

const METRICS = {
  loss: 0.5,
  accuracy: 0.9,
  'worst-decile-accuracy': 0.712,
  'deviation-accuracy': 0.081,
  participants: 100,
};

describe('the spread over participants', () => {
  it('is found among the metrics, and told from those of all rows', () => {
    const spread = spreadOf(METRICS)!;
    expect(spreadText(spread)).toBe('accuracy of 100 participants: worst tenth 71.20 %, deviation 8.10 %');
    expect(withoutSpread(METRICS)).toEqual({ loss: 0.5, accuracy: 0.9 });
    expect(spreadOf({ loss: 0.5 })).toBeUndefined();
    expect(withoutSpread({ loss: 0.5 })).toEqual({ loss: 0.5 });
  });

  it('is on the live screen', () => {
    const { progress } = runView({});
    const facts = progressFacts({ ...progress, spread: spreadOf(METRICS) });
    expect(facts).toContain('accuracy of 100 participants: worst tenth 71.20 %, deviation 8.10 %');
  });
});
