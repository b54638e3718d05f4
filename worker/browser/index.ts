/** Tributary in a page: take part in a training run, with data that stay in the browser. */

export { type Environment, environment, type Missing, missing } from './environment.ts';
