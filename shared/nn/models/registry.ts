import { autoencoder } from './autoencoder.ts';
import { cnn } from './cnn.ts';
import { discriminator, generator } from './gan.ts';
import { lenet } from './lenet.ts';
import { mlp } from './mlp.ts';
import { mobilenet } from './mobilenet.ts';
import type { ModelRow } from './model-row.ts';
import { gru, lstm, rnn } from './recurrent.ts';
import { resnet } from './resnet.ts';
import { tabular, twoTower, wideAndDeep } from './tabular.ts';
import { bert, encoder, gpt, vit } from './transformers.ts';
import { unet } from './unet.ts';

/** Every named model by the word that a job file uses for it. */
export const modelRegistry: Readonly<Record<string, ModelRow>> = {
  mlp,
  cnn,
  lenet,
  resnet,
  mobilenet,
  unet,
  rnn,
  lstm,
  gru,
  gpt,
  bert,
  vit,
  encoder,
  autoencoder,
  tabular,
  'wide-and-deep': wideAndDeep,
  'two-tower': twoTower,
  generator,
  discriminator,
};
