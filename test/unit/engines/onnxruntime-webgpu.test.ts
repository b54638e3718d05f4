import { describe, expect, it } from 'vitest';
import { type Engine, EngineError } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';
import { describeEngine } from './contract.ts';

useSoftwareGpu();

const create = (): Promise<Engine> => createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 });
const found: Engine | Error = await create().catch((cause: Error) => cause);

if (found instanceof Error) {
  describe('engine contract: onnxruntime-node, webgpu', () => {
    it(`has no device to run on: ${found.message}`, () => {
      console.info(`SKIPPED: engine contract on webgpu: ${found.message.split('\n')[0]}`);
      expect(found).toBeInstanceOf(EngineError);
    });
  });
} else {
  await found.close();
  describeEngine('onnxruntime-node, webgpu', { create });
}
