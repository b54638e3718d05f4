import { runScript } from '../peers/python.ts';
import type { PeerFiles } from './peer-files.ts';
import type { SimulationMeasured, SimulationSettings } from './settings.ts';

/** What `flower_simulation.py` measured. */
export interface FlowerSimulation extends SimulationMeasured {
  readonly version: string;
  readonly ray: string;
  readonly torch: string;
}

export async function flowerSimulation(
  python: string,
  settings: SimulationSettings & PeerFiles,
): Promise<FlowerSimulation> {
  return (await runScript(python, 'flower_simulation.py', [JSON.stringify(settings)])) as FlowerSimulation;
}
