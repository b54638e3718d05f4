import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Engine, EngineError } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { describeEngine } from './contract.ts';

/** A Vulkan device in software, which Debian's chromium package brings: slow, and good enough for correctness. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (process.env['VK_DRIVER_FILES'] === undefined && existsSync(SWIFTSHADER)) {
  process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
  process.env['VK_ICD_FILENAMES'] = SWIFTSHADER;
  process.env['XDG_RUNTIME_DIR'] ??= '/tmp';
}

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
