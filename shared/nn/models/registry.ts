import { cnn } from './cnn.ts';
import { mlp } from './mlp.ts';
import type { ModelRow } from './model-row.ts';

/** Every named model by the word that a job file uses for it. */
export const modelRegistry: Readonly<Record<string, ModelRow>> = { mlp, cnn };
