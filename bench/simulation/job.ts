import type { SimulationSettings } from './settings.ts';

const PIXELS = Array.from({ length: 64 }, (_, pixel) => pixel);
const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * The job file of our side: a convolutional network of 60,248 parameters; the same stands in peers/flower_digits.py.
 *
 * @param source the table of digits, a path relative to the job file or absolute
 */
export function jobText(source: string, settings: SimulationSettings): string {
  const { clients, participants, rounds, epochs, batch, learningRate, heldOut, seed } = settings;
  // JSON is YAML.
  return JSON.stringify({
    name: 'bench-simulation',
    data: {
      'held-by': 'members',
      format: { type: 'csv', header: false },
      target: { column: 64, type: 'class', classes: CLASSES },
      features: { columns: PIXELS, shape: [1, 8, 8], normalize: { divide: 16 } },
      // Clients train on all that they hold.
      test: 0,
    },
    model: {
      layers: [
        { conv: { filters: 16, kernel: 3, padding: 'same' } },
        'relu',
        { 'max-pool': 2 },
        { conv: { filters: 32, kernel: 3, padding: 'same' } },
        'relu',
        'flatten',
        { dense: 106 },
        'relu',
        { dense: 10 },
      ],
    },
    loss: 'cross-entropy',
    optimizer: { sgd: { 'learning-rate': learningRate } },
    strategy: { fedavg: epochs },
    members: { selection: { participants } },
    rounds,
    batch,
    seed,
    evaluate: { every: { rounds } },
    simulation: { source, clients, partition: 'iid', 'held-out': heldOut },
  });
}
