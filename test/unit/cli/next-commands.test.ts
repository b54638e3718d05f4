import { describe, expect, it } from 'vitest';
import { nextCommands } from '../../../cli/next-commands.ts';
import type { ExportedModel } from '../../../coordinator/export/export-run.ts';

const model = { file: '/data/runs/digits-1/model.onnx', version: 5 } as ExportedModel;

describe('what can be done with a run that has ended', () => {
  it('names the run, not a path, and its folder where that is not the usual one', () => {
    const facts = { run: 'digits-1', directory: 'runs/digits-1', format: 'csv' } as const;
    expect(nextCommands(facts, model)).toEqual([
      'npx tributary show digits-1',
      'npx tributary predict digits-1 ROWS.csv',
    ]);
    expect(nextCommands({ ...facts, directory: '/data/mine/digits-1', format: 'images' }, model)).toEqual([
      'npx tributary show digits-1 --runs /data/mine',
      'npx tributary predict digits-1 FOLDER --runs /data/mine',
    ]);
  });

  it('names the best commit where another was exported', () => {
    const best = { metric: 'accuracy', value: 0.99, version: 3, round: 3 };
    const facts = { run: 'digits-1', directory: 'runs/digits-1', format: 'csv' } as const;
    expect(nextCommands(facts, { ...model, best })).toContain('npx tributary export digits-1 --version best');
  });
});
