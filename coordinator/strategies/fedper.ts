import { createFedAvg } from './fedavg.ts';
import type { OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface FedPerOptions extends OwnTraining {
  /** Globs of the parameters that stay with the member: its head. */
  readonly local: readonly string[];
  /** FedRep: epochs before the others, in which only the head learns; in the others only the rest does. */
  readonly personalEpochs?: number;
}

/**
 * FedPer (Arivazhagan et al. 2019, "Federated learning with personalization layers") and FedRep (Collins et al. 2021, "Exploiting shared
 * representations for personalized federated learning"): federated averaging of all but the head, which each member keeps for itself
 * and evaluates with. FedPer trains both together; FedRep first the head alone (10 epochs by default), then the rest alone.
 *
 *   w ← w − Σₖ nₖ Δₖ / Σₖ nₖ    for all parameters that are not local
 *
 * The last layer is the head, unless the job names others. With nothing local it is FedAvg.
 */
export function createFedPer({ local, personalEpochs, ...training }: FedPerOptions): Strategy {
  const base = createFedAvg(training);
  return {
    ...base,
    name: personalEpochs === undefined ? 'fedper' : 'fedrep',
    local,
    plan: (context) =>
      base.plan(context).map((piece) => ({
        ...piece,
        ...(personalEpochs !== undefined && { work: { ...piece.work, personalEpochs } as typeof piece.work }),
        local,
      })),
  };
}
