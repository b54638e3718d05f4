import type { ModelName } from '../models.ts';
import { ScriptProcess } from '../peers/python.ts';
import type { Stepper } from './stepper.ts';

/** PyTorch's step, in a process of its own that waits between requests. */
export async function torchStepper(python: string, model: ModelName, threads: number): Promise<Stepper> {
  const script = ScriptProcess.start(python, 'torch_step.py', [model, String(threads)]);
  const { version } = (await script.next()) as { version: string };
  return {
    name: 'PyTorch',
    version,
    time: async (count) => (await script.ask(String(count))) as number[],
    close: () => script.close(),
  };
}
