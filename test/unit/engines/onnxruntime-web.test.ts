import { expect, it } from 'vitest';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { describeEngine } from './contract.ts';

describeEngine('onnxruntime-web, wasm', { create: () => createOnnxRuntimeWeb() });

it('says how much it takes before anything is fetched for it: one message, which its WebAssembly is given', async () => {
  const engine = await createOnnxRuntimeWeb();
  expect(engine.info.mostConstants).toBe(2 ** 31 - 1);
  await engine.close();
});
