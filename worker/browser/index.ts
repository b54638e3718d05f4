/** Tributary in a page: take part in a training run, with data that stay in the browser. */

export type { ImageForm } from '../../shared/data/images/resize.ts';
export type { AskedWords } from './asked-words.ts';
export type { Example, OwnData } from './data/messages.ts';
export type { Checked, Wanted } from './data/own-rows.ts';
export { type Environment, environment, type Missing, missing } from './environment.ts';
export { readImage } from './images/read-image.ts';
export type { TrainedModel } from './model/trained-model.ts';
export { type ParticipateOptions, participate } from './participate.ts';
export type {
  Participation,
  ParticipationEnd,
  ParticipationEvents,
  ParticipationState,
} from './participation.ts';
export type { DoneRound } from './storage/run-memory.ts';
