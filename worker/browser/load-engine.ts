import type { Engine } from '../../engines/engine.ts';
import { createOnnxRuntimeWeb, type OnnxRuntimeWebOptions } from '../../engines/onnxruntime-web.ts';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import type { Model } from '../../shared/onnx/model.ts';

/** The smallest graph that is one. */
const NOTHING = ((): Model => {
  const builder = new GraphBuilder();
  builder.output(builder.op('Abs', [builder.input('x', 'float32', [1])]), 'y');
  return builder.build();
})();

/**
 * ONNX Runtime with all its files, which are loaded now: what fails later would look like a model that does not fit, and
 * the coordinator, whose files they are, may be gone by then.
 *
 * @throws EngineError when it does not load, or the provider is not available here
 */
export async function loadEngine(options: OnnxRuntimeWebOptions): Promise<Engine> {
  const engine = await createOnnxRuntimeWeb(options);
  await (await engine.compile({ model: NOTHING })).release();
  return engine;
}
