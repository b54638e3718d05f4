import { describe } from 'vitest';
import { testLargeRun } from '../support/large-run.ts';

/** 80 MB: more than is sent within a model. One of 2.4 GB goes the same way in test/soak. */
describe('a run with frozen weights that are sent apart from their model', () =>
  testLargeRun(20_000, true, 700));
