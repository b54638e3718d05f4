import type { StrategyJob } from '../../../shared/job/job.ts';

const adaptive = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 } as const;

/** One row for each strategy on rows that are dealt out: whatever a new one is, it must hold the contract. */
export const DEALT: readonly StrategyJob[] = [
  { kind: 'synchronous' },
  { kind: 'local-steps', steps: 3, outer: { learningRate: 0.7, momentum: 0.9, nesterov: true } },
  { kind: 'fedbuff', updates: 3, steps: 2, learningRate: 1 },
  { kind: 'scaffold', steps: 2, learningRate: 1 },
  { kind: 'fedbn', steps: 2 },
];

/** And on rows that members hold. */
export const OWN: readonly StrategyJob[] = [
  { kind: 'local-steps', steps: 3, outer: { learningRate: 0.7, momentum: 0.9, nesterov: true } },
  { kind: 'fedbuff', updates: 3, epochs: 2, learningRate: 1 },
  { kind: 'scaffold', epochs: 2, learningRate: 1 },
  { kind: 'fedbn', epochs: 1 },
  { kind: 'fedavg', epochs: { start: 3, end: 1 }, work: 'by-speed' },
  { kind: 'fedsgd' },
  { kind: 'fedprox', mu: 0.1, epochs: 2, work: 'by-speed' },
  { kind: 'fedavgm', learningRate: 1, momentum: 0.9, nesterov: false },
  { kind: 'fedadagrad', ...adaptive },
  { kind: 'fedadam', ...adaptive },
  { kind: 'fedyogi', ...adaptive },
  { kind: 'fednova', learningRate: 1, mu: 0.1, epochs: 2 },
  { kind: 'feddyn', alpha: 0.01 },
  { kind: 'q-fedavg', q: 0.5 },
  { kind: 'fedper', local: ['head.*'] },
  { kind: 'fedrep', local: ['head.*'], personalEpochs: 2 },
  { kind: 'ditto', lambda: 0.1, epochs: 2 },
  { kind: 'ifca', clusters: 3 },
];
