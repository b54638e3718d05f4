import { describe, expect, test } from 'vitest';
import { colourPaint, widthOf } from '../../../cli/ui/paint.ts';
import { renderReport } from '../../../cli/ui/render-report.ts';
import { runReport } from './view-fixture.ts';

const ESCAPE = '\u001b';

describe('renderReport', () => {
  test.each([60, 80, 120])('at %i columns', (width) => {
    const text = renderReport(runReport(), width);
    for (const line of text.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(width);
    expect(text).not.toContain(ESCAPE);
    expect(text).toMatchSnapshot();
    expect(renderReport(runReport(), width, colourPaint)).toContain(ESCAPE);
  });

  test('the worst classes come first, with what they are taken for; those without errors are left out', () => {
    const lines = renderReport(runReport()).split('\n');
    const worst = lines.slice(lines.indexOf('Worst classes') + 1, lines.indexOf('Worst classes') + 3);
    expect(worst).toEqual([
      '  one  recall 83.33 % of 30 rows, 4 taken for two',
      '  two  recall 96.67 % of 30 rows, 1 taken for one',
    ]);
    expect(renderReport(runReport())).not.toContain('zero');
  });

  test('of several outputs each has its worst classes, or says that it has none', () => {
    const [digit] = runReport().classes;
    const even = [
      { name: 'no', rows: 9, found: 9 },
      { name: 'yes', rows: 0, found: 0 },
    ];
    const text = renderReport(
      runReport({
        classes: [
          { output: 'digit', classes: digit!.classes },
          { output: 'even', classes: even },
        ],
      }),
    );
    expect(text).toContain('\nWorst classes of digit\n  one  recall 83.33 % of 30 rows, 4 taken for two\n');
    expect(text).toContain('\neven: no held-out row was taken for another class.\n');
  });

  test('the best commit is named, and whether the model is of it or of the last', () => {
    const of = { metric: 'accuracy', value: 0.9833, version: 230, round: 230, epoch: 10 };
    const last = renderReport(runReport({ best: { of, counted: true, exported: 276 } }), 60).split('\n');
    expect(last).toContain('Best by accuracy: 98.33 % after epoch 10, round 230 (version 230)');
    expect(last).toContain('It is version 276, the last, which export takes by default.');
    const rounds = renderReport(runReport({ best: { of, counted: false, exported: 230 } }));
    expect(rounds).toContain('98.33 % after round 230 (version 230)');
    expect(rounds).toContain('model.onnx\nIt is the best and the last.\n');
  });

  test('a stopped run of numbers, before anything was committed', () => {
    const text = renderReport(
      runReport({
        reason: 'stopped',
        message: 'asked to stop',
        metrics: {},
        classes: [],
        model: undefined,
        phases: {},
        next: ['npx tributary resume x'],
      }),
    );
    expect(text).toContain('Stopped: asked to stop');
    expect(text).not.toContain('Worst');
    expect(text).not.toContain('The model');
    expect(text).toContain('npx tributary resume x');
  });
});
