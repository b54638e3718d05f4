import { expect, it } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { createStrategy } from '../../../coordinator/strategies/create.ts';
import { memberState } from '../../../coordinator/strategies/member-state.ts';
import type { StrategyJob } from '../../../shared/job/strategy-job.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import type { MemberState } from '../../../shared/programs/recipe.ts';
import { digitsData, digitsJob } from '../../support/digits.ts';

const control = ['server.control', 'member.control', 'change.control'];
const ROWS: readonly (readonly [StrategyJob, MemberState | undefined])[] = [
  [{ kind: 'fedavg', epochs: 1 }, undefined],
  [{ kind: 'fedprox', epochs: 1, mu: 0.1 }, undefined],
  [{ kind: 'q-fedavg', epochs: 1, q: 1 }, undefined],
  [{ kind: 'scaffold', epochs: 1, learningRate: 1 }, { vectors: control }],
  [{ kind: 'feddyn', epochs: 1, alpha: 0.1 }, { vectors: ['member.dual'] }],
  [{ kind: 'fedper', epochs: 1, local: ['dense2*'] }, { personal: true }],
  [{ kind: 'fedrep', epochs: 1, local: ['dense2*'], personalEpochs: 2 }, { personal: true }],
  [{ kind: 'ditto', epochs: 1, lambda: 0.1 }, { beside: true }],
  [{ kind: 'ifca', epochs: 1, clusters: 3 }, { vectors: ['server.cluster-1', 'server.cluster-2'] }],
];

it.each(ROWS)('%o asks members to hold what its work needs', (job, expected) => {
  expect(memberState(createStrategy(job, digitsJob()), { federated: true, wire: 'f32' })).toEqual(expected);
});

it('what an encoding loses stays with the member', () => {
  const wire = { down: 'f16', up: { kind: 'sign', aggregate: 'mean', errorFeedback: true } } as const;
  const strategy = createStrategy({ kind: 'fedavg', epochs: 1 }, digitsJob());
  expect(memberState(strategy, { federated: true, wire })).toEqual({ vectors: ['residual.parameters'] });
});

it('travels with the recipe', async () => {
  const { recipe } = describeRun(
    digitsJob({ strategy: { kind: 'scaffold', steps: 2, learningRate: 1 } }),
    await digitsData(),
    undefined,
  );
  expect(parseRecipe(JSON.stringify(recipe)).state).toEqual({ vectors: control });
  const hostile = (vectors: readonly string[]) =>
    parseRecipe(JSON.stringify({ ...recipe, state: { vectors } }));
  expect(() => hostile(['elsewhere.x'])).toThrow(/state/);
  expect(() => hostile(['member.a', 'member.a'])).toThrow(/a vector is named twice/);
  expect(() => hostile(Array.from({ length: 65 }, (_, index) => `member.${index}`))).toThrow(/state/);
});
