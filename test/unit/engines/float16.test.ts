import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../engines/create.ts';
import { type Engine, EngineError } from '../../../engines/engine.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';

const open: Engine[] = [];
afterAll(() => Promise.all(open.map((engine) => engine.close())));

async function engineOf(name: Parameters<typeof createEngine>[0]): Promise<Engine> {
  const engine = await createEngine(name, { threads: 1 });
  open.push(engine);
  return engine;
}

describe('float16', () => {
  it.each(['cpu', 'wasm'] as const)('is emulated on %s', async (name) => {
    expect(await (await engineOf(name)).float16()).toBe('emulated');
  });

  it('is not in TensorFlow.js, which says so', async () => {
    const engine = await engineOf('tfjs');
    expect(await engine.float16()).toBe('none');
    const builder = new GraphBuilder();
    const w = builder.input('w', 'float32', [1]);
    builder.output(builder.op('Mul', [w, w]), 'loss');
    const gradients = { of: 'loss', withRespectTo: ['w'], precision: 'mixed' } as const;
    await expect(engine.compile({ model: builder.build(), gradients })).rejects.toThrow(EngineError);
  });

  it('is asked of the device on WebGPU, which goes on working in float32 without it', async () => {
    useSoftwareGpu();
    const engine = await engineOf('webgpu').catch((cause: Error) => cause);
    if (engine instanceof Error) {
      console.info(`SKIPPED: float16 on webgpu: ${engine.message.split('\n')[0]}`);
      expect(engine).toBeInstanceOf(EngineError);
      return;
    }
    expect(['native', 'none']).toContain(await engine.float16());
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [1]);
    builder.output(builder.op('Mul', [x, x]), 'y');
    const executable = await engine.compile({ model: builder.build() });
    const y = float32([1], [0]);
    await executable.run({ x: float32([1], [3]) }, { y });
    expect(y.data[0]).toBe(9);
  });
});
