import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { describeEngine } from './contract.ts';

describeEngine('onnxruntime-web, wasm', { create: () => createOnnxRuntimeWeb() });
