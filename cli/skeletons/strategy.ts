/** A strategy to begin with: federated averaging, with a rate of the server's. */
export function strategySkeleton(name: string): string {
  return `// ${name}: which members are asked for what, how their updates are weighed, and what the server does with the sum.
// Every function is pure: it looks at what it is given and at nothing else. docs/strategies.md says what there is.

/**
 * @param {Record<string, unknown>} options what the job file says under strategy.options
 * @param {import('tributary-ml').Job} job
 * @returns {import('tributary-ml').Strategy}
 */
export default function strategy(options, job) {
  const learningRate = options['learning-rate'] ?? 1;
  return {
    name: '${name}',
    serverVectors: [],
    summation: 'position',
    // Work for idle members, when a round opens. Here: one epoch over its own rows for each.
    plan: ({ members, outstanding, received, globalBatch }) => {
      if (outstanding > 0 || received > 0) return [];
      const work = { kind: 'own', epochs: 1, batch: globalBatch };
      return members.filter(({ busy }) => !busy).map(({ id }) => ({ member: id, work }));
    },
    // How much an update counts in the sum, and what the sum is divided by in the end.
    accept: ({ examples }) =>
      examples > 0
        ? { weight: examples, buffersWeight: examples, divisor: examples }
        : { refuse: 'it was made of no examples' },
    // The step, when the round may close. An update is w_start - w_end, so it acts as a gradient.
    finish: ({ outstanding, divisor, buffersDivisor }) =>
      outstanding > 0
        ? undefined
        : { kind: 'outer', divisor, learningRate, buffers: 'set', buffersDivisor, vectors: [] },
  };
}
`;
}

/** Its test, for Node's own runner. */
export function strategyTest(name: string): string {
  return `import assert from 'node:assert/strict';
import test from 'node:test';
import { strategyFaults } from 'tributary-ml';
import strategy from './${name}.mjs';

test('${name} keeps the contract of strategies', () => {
  assert.deepEqual(strategyFaults(strategy({}, {}), { federated: true }), []);
});
`;
}
