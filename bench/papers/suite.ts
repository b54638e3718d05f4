import type { Suite } from '../suite.ts';
import { fedadamRows } from './fedadam.ts';
import { fedavgRows } from './fedavg.ts';
import { fedbuffRows } from './fedbuff.ts';
import { fedperRows } from './fedper.ts';
import { scaffoldRows } from './scaffold.ts';

/**
 * What the papers of the strategies say, on small data in the simulation: medians of three seeds. Learning rates are the best of three
 * or four for each side, a factor of about √10 apart, chosen with a fourth seed.
 */
export const papersSuite: Suite = {
  name: 'papers',
  timed: false,
  about: 'strategies against FedAvg as their papers have it, and FedAvg over E and B, in the simulation',
  async run(context) {
    return [
      ...(await fedavgRows(context)),
      ...(await scaffoldRows(context)),
      ...(await fedadamRows(context)),
      ...(await fedbuffRows(context)),
      ...(await fedperRows(context)),
    ];
  },
};
