import { fileURLToPath } from 'node:url';
import type { ModelName } from '../models.ts';
import { peerScript, ScriptProcess } from '../peers/python.ts';
import type { Stepper } from './stepper.ts';

/** How PyTorch runs its model: as it is written, or compiled by TorchInductor. */
export type TorchMode = 'eager' | 'compile';

/** A step in a process of its own, which waits between requests. */
export interface ProcessStepper extends Stepper {
  /** Seconds from the start of the model's making to the end of the first step. */
  readonly first: number;
  /** Largest resident memory so far, in bytes. */
  memory(): Promise<number>;
}

export function ourStepper(model: ModelName, threads: number): Promise<ProcessStepper> {
  const script = fileURLToPath(new URL('our-step.js', import.meta.url));
  return start('onnxruntime-node', process.execPath, [script, model, String(threads)]);
}

/** Steps that are one product of two matrices, [size, size] each. */
export function gemmStepper(size: number, threads: number): Promise<ProcessStepper> {
  const script = fileURLToPath(new URL('gemm-step.js', import.meta.url));
  return start(`MatMul of ${size}³`, process.execPath, [script, String(threads), String(size)]);
}

/** @throws Error when it ends before its first answer: `torch.compile` needs a C++ compiler */
export function torchStepper(
  python: string,
  model: ModelName,
  threads: number,
  mode: TorchMode = 'eager',
): Promise<ProcessStepper> {
  const name = mode === 'eager' ? 'PyTorch' : 'torch.compile';
  return start(name, python, [peerScript('torch_step.py'), model, String(threads), mode]);
}

async function start(name: string, command: string, args: readonly string[]): Promise<ProcessStepper> {
  const script = ScriptProcess.start(command, args);
  const { version, first } = (await script.next()) as { version: string; first: number };
  return {
    name,
    version,
    first,
    time: async (count) => (await script.ask(String(count))) as number[],
    memory: async () => (await script.ask('memory')) as number,
    close: () => script.close(),
  };
}
