import { describe, expect, it } from 'vitest';
import { federatedStrategies } from '../../../shared/job/federated-strategies.ts';
import type { Job } from '../../../shared/job/job.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const OWN = `name: x
data:
  held-by: members
  target: { column: y, classes: [a, b] }
  features: { columns: [u, v] }
model: { layers: [{ dense: 2 }] }
loss: cross-entropy
rounds: 5
`;
const DEALT = `name: x
data: { source: x.csv, target: { column: y } }
model: { layers: [{ dense: 2 }] }
loss: cross-entropy
rounds: 5
`;

function strategyOf(strategy: string, file = OWN): Job['strategy'] {
  return parseJob(`${file}strategy: ${strategy}\n`, 'job.yaml').strategy;
}

function faultsOf(strategy: string, file = OWN, more = ''): string[] {
  return problemsOf(`${file}strategy: ${strategy}\n${more}`);
}

function problemsOf(text: string): string[] {
  try {
    parseJob(text, 'job.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('strategies of a job file', () => {
  it.each(Object.entries(federatedStrategies))(
    '%s: its example and its defaults',
    (word, { example, schema }) => {
      expect(strategyOf(example!).kind).toBe(word);
      expect(schema.safeParse({}).success).toBe(true);
      expect(strategyOf(word).kind).toBe(word);
    },
  );

  it.each([
    ['fedavg: 5', { kind: 'fedavg', epochs: 5, work: 'equal' }],
    ['fedavg: { epochs: { start: 5, end: 1 } }', { epochs: { start: 5, end: 1 } }],
    ['fedprox: 0.1', { mu: 0.1, epochs: 1 }],
    ['fedadam: 0.05', { learningRate: 0.05, beta1: 0.9, beta2: 0.99, tau: 0.001 }],
    ['fedadagrad', { learningRate: 0.1, beta1: 0, tau: 0.001 }],
    ['q-fedavg: 2', { q: 2 }],
    ['fedper', { local: 'last-layer' }],
    ['fedper: [head.*]', { local: ['head.*'] }],
    ['fedrep', { local: 'last-layer', personalEpochs: 10 }],
    ['ditto: 0.5', { lambda: 0.5 }],
    ['ifca: 3', { clusters: 3 }],
    ['scaffold: { epochs: 2 }', { epochs: 2, learningRate: 1 }],
    ['diloco: 30', { kind: 'local-steps', steps: 30 }],
    [
      '{ module: ./mine.mjs, options: { floor: 1 } }',
      { kind: 'module', path: './mine.mjs', options: { floor: 1 } },
    ],
    ['{ module: ./mine.mjs }', { options: {} }],
  ])('%s', (text, wanted) => {
    const flow = text.includes(': ') && !text.startsWith('{') ? `{ ${text} }` : text;
    expect(strategyOf(flow)).toMatchObject(wanted);
  });

  it.each([
    [
      'synchronous',
      'strategy: the strategy synchronous deals out rows, but members hold them (data.held-by)',
    ],
    ['{ fedprox: -1 }', 'strategy.fedprox: too small'],
    ['{ ifca: 0 }', 'strategy.ifca: too small'],
    ['{ fedavg: { epoch: 5 } }', 'strategy.fedavg.epoch: unknown key "epoch"'],
    ['{ module: ./mine.ts }', 'strategy.module: a compiled ES module, such as ./my-strategy.mjs'],
  ])('%s is a mistake', (text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });

  it('says what is of rows that members hold, and what of rows that are dealt out', () => {
    expect(faultsOf('fedprox', DEALT)).toEqual([
      'strategy: the strategy fedprox trains on data that members hold',
    ]);
    expect(faultsOf('scaffold', DEALT)).toEqual(['strategy.scaffold.steps: "steps" is missing']);
    expect(faultsOf('{ fedbuff: { steps: 4, epochs: 2 } }', DEALT)).toEqual([
      'strategy.fedbuff.epochs: epochs is of data that members hold; here steps says how much a member does',
    ]);
    expect(faultsOf('{ scaffold: 4 }', DEALT)).toEqual([]);
    expect(faultsOf('ifca', OWN, 'ema: 0.9\n')).toEqual([
      'ema: an average of the weights is of one model, ifca has several',
    ]);
  });

  it('names the default where no strategy is named', () => {
    expect(problemsOf(OWN)).toEqual([
      expect.stringMatching(/^: the default, synchronous, deals out rows, .* such as strategy: fedavg$/),
    ]);
  });

  it('refuses a class that is declared twice', () => {
    expect(faultsOf('fedavg', OWN.replace('[a, b]', "[a, 1, b, '1']"))).toEqual([
      'data.target.classes[3]: the class "1" is there twice',
    ]);
  });
});

describe('the metric that early stopping watches', () => {
  const watched = 'early-stopping: { metric: lowest-share }\n';

  it('may be one of a strategy of the user’s own, which is known when that is loaded', () => {
    expect(faultsOf('{ module: ./mine.mjs }', OWN, watched)).toEqual([]);
    expect(faultsOf('fedavg', OWN, watched)).toEqual([
      'early-stopping.metric: an evaluation of a target of type class has no metric "lowest-share"',
    ]);
  });
});
