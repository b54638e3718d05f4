import { describe, expect, it } from 'vitest';
import { createEngine, ENGINE_NAMES, type EngineName } from '../../../engines/create.ts';
import { EngineError } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';

describe('createEngine', () => {
  it.each([
    ['cpu', 'onnxruntime-node', 'cpu'],
    ['wasm', 'onnxruntime-web', 'wasm'],
    ['tfjs', 'tfjs', undefined],
  ] as const)('makes %s', async (name, runtime, provider) => {
    const engine = await createEngine(name, { threads: 1 });
    expect(engine.info).toMatchObject({ name: runtime, threads: 1, ...(provider && { provider }) });
    await engine.close();
  });

  it('refuses a name that it does not know, with those it does', async () => {
    const made = createEngine('gpu' as EngineName);
    await expect(made).rejects.toThrow(EngineError);
    await expect(made).rejects.toThrow(ENGINE_NAMES.join(', '));
  });
});

describe('a provider that is not there', () => {
  it('is refused with what it needs', async () => {
    const foreign = process.platform === 'win32' ? 'coreml' : 'dml';
    const made = createOnnxRuntimeNode({ provider: foreign });
    await expect(made).rejects.toThrow(EngineError);
    await expect(made).rejects.toThrow(/'(dml|coreml)' is not available here.*offers cpu.*(Windows|macOS)/);
  });

  it('is refused in onnxruntime-web', async () => {
    await expect(createOnnxRuntimeWeb({ provider: 'webgpu' })).rejects.toThrow(/needs a browser with WebGPU/);
  });

  it('is refused in TensorFlow.js', async () => {
    await expect(createTfjs({ backend: 'abacus' })).rejects.toThrow(/no backend "abacus".*cpu/);
  });
});
