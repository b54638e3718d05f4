import { createRequire } from 'node:module';
import { type Stepper, timed } from './stepper.ts';

/** Of the MLP and the CNN in `models.ts`. */
const BATCH = 64;
const CLASSES = 10;

export type TfjsBackend = 'cpu' | 'wasm';

type TensorFlow = typeof import('@tensorflow/tfjs');
type Tensor = import('@tensorflow/tfjs').Tensor;

/** The pure packages, in their CommonJS builds: two copies of the core would not see each other's backends. */
async function load(backend: TfjsBackend): Promise<TensorFlow> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm');
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend '${backend}' here`);
  await tf.ready();
  return tf;
}

/**
 * The same training step written for TensorFlow.js as its users write it: variables, `tf.train.adam`, and images with
 * the channels last, which is its native order.
 *
 * @param batch examples of a step; the times are scaled to a whole batch
 */
export async function tfjsStepper(
  name: 'mlp' | 'cnn',
  backend: TfjsBackend,
  batch: number,
): Promise<Stepper> {
  const tf = await load(backend);
  const weights = (...shape: number[]): import('@tensorflow/tfjs').Variable => {
    const inputs = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    return tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / inputs), 'float32', 7));
  };
  const zeros = (length: number): import('@tensorflow/tfjs').Variable => tf.variable(tf.zeros([length]));
  const forward = name === 'mlp' ? mlp(tf, weights, zeros) : cnn(tf, weights, zeros, batch);
  const input = tf.randomUniform(name === 'mlp' ? [batch, 784] : [batch, 28, 28, 1], 0, 1, 'float32', 7);
  const labels = tf.oneHot(tf.randomUniform([batch], 0, CLASSES, 'int32', 7).toInt(), CLASSES);
  const optimizer = tf.train.adam(1e-3);
  const step = async (): Promise<void> => {
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, forward(input)) as import('@tensorflow/tfjs').Scalar,
      true,
    );
    await loss?.data();
    loss?.dispose();
  };
  return {
    name: `TensorFlow.js ${backend}`,
    version: `${tf.version['tfjs-core']}${batch === BATCH ? '' : `, ${batch} of ${BATCH} examples, scaled`}`,
    async time(count) {
      await tf.setBackend(backend);
      // A step's time is its examples' on backends that go through them one by one.
      return (await timed(count, step)).map((milliseconds) => (milliseconds * BATCH) / batch);
    },
    async close() {
      tf.disposeVariables();
      tf.dispose([input, labels]);
    },
  };
}

type Make = (...shape: number[]) => import('@tensorflow/tfjs').Variable;

function mlp(tf: TensorFlow, weights: Make, zeros: Make): (x: Tensor) => Tensor {
  const [w1, w2, w3] = [weights(784, 512), weights(512, 256), weights(256, CLASSES)];
  const [b1, b2, b3] = [zeros(512), zeros(256), zeros(CLASSES)];
  return (x) => {
    const h1 = tf.relu(tf.add(tf.matMul(x, w1), b1));
    const h2 = tf.relu(tf.add(tf.matMul(h1, w2), b2));
    return tf.add(tf.matMul(h2, w3), b3);
  };
}

function cnn(tf: TensorFlow, weights: Make, zeros: Make, batch: number): (x: Tensor) => Tensor {
  const [k1, k2] = [weights(3, 3, 1, 32), weights(3, 3, 32, 64)];
  const [w1, w2] = [weights(3136, 128), weights(128, CLASSES)];
  const [b1, b2, b3, b4] = [zeros(32), zeros(64), zeros(128), zeros(CLASSES)];
  const block = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor => {
    const convolved = tf.conv2d(
      x as import('@tensorflow/tfjs').Tensor4D,
      kernel as import('@tensorflow/tfjs').Tensor4D,
      1,
      'same',
    );
    return tf.maxPool(tf.relu(tf.add(convolved, bias)) as import('@tensorflow/tfjs').Tensor4D, 2, 2, 'valid');
  };
  return (x) => {
    const flat = tf.reshape(block(block(x, k1, b1), k2, b2), [batch, 3136]);
    return tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(flat, w1), b3)), w2), b4);
  };
}
