import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { describeEngine } from './contract.ts';

describeEngine('onnxruntime-node, cpu', { create: () => createOnnxRuntimeNode({ threads: 1 }) });
describeEngine('onnxruntime-node, cpu, two threads', { create: () => createOnnxRuntimeNode({ threads: 2 }) });
