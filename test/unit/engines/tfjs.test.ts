import * as tf from '@tensorflow/tfjs';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';
import { describeEngine } from './contract.ts';

describeEngine('tfjs, cpu', {
  create: () => createTfjs({ backend: 'cpu' }),
  liveObjects: () => tf.memory().numTensors,
});
