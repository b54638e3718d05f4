import type { RunReport, RunView } from '../../../cli/ui/view.ts';

export function runView(changes: Partial<RunView> = {}): RunView {
  return {
    job: 'digits',
    run: 'digits-20260101-120000-1a2b',
    data: { training: 1438, test: 359 },
    parameters: 89_802,
    strategy: 'synchronous',
    members: [
      { name: 'attic', engine: 'onnxruntime-node cpu', threads: 1, state: 'working', speed: 4321 },
      {
        name: 'a-workstation-with-a-very-long-name.example.org',
        engine: 'onnxruntime-node webgpu',
        threads: 16,
        state: 'idle',
        speed: undefined,
      },
      { name: '地下室', engine: 'onnxruntime-web wasm', threads: 4, state: 'away', speed: 99.5 },
    ],
    progress: {
      epoch: 3,
      epochs: 12,
      round: 64,
      rounds: 276,
      loss: 0.123456,
      metric: { name: 'accuracy', value: 0.9721 },
      speed: 8642,
      bytes: { sent: 123_456_789, received: 98_765_432 },
      secondsLeft: 61,
    },
    losses: Array.from({ length: 64 }, (_, round) => 2.3 * Math.exp(-round / 20)),
    notices: [],
    ...changes,
  };
}

export function runReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    run: 'digits-20260101-120000-1a2b',
    reason: 'completed',
    message: '',
    metrics: { loss: 0.0712, accuracy: 0.9833 },
    versions: { measured: 276, committed: 276 },
    classes: [
      {
        classes: [
          { name: 'zero', rows: 30, found: 30 },
          { name: 'one', rows: 30, found: 25, takenFor: { name: 'two', rows: 4 } },
          { name: 'two', rows: 30, found: 29, takenFor: { name: 'one', rows: 1 } },
        ],
      },
    ],
    seconds: 41.5,
    rounds: 276,
    bytes: { sent: 123_456_789, received: 98_765_432 },
    phases: { compute: 30, wait: 5, wire: 4, aggregate: 1, step: 0.5, commit: 1 },
    model: 'runs/digits-20260101-120000-1a2b/model.onnx',
    next: ['npx tributary show digits-20260101-120000-1a2b'],
    ...changes,
  };
}
