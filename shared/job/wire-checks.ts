import type { Fault } from './cross-checks.ts';
import { isGanFile } from './gan-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

/** What the encodings need of each other, of the strategy and the model. */
export function wireFaults(file: Raw): Fault[] {
  return [...downFaults(raw(raw(file['wire'])['down'])), ...upFaults(file)];
}

function downFaults({ codec, delta }: Raw): Fault[] {
  if (delta === undefined || codec === undefined || codec === 'f32') return [];
  const message = `changes lead from version to version only for who holds all bits of the weights, which ${codec} does not give`;
  return [{ path: ['wire', 'down', 'codec'], message, allowed: ['f32', 'no delta'] }];
}

function upFaults(file: Raw): Fault[] {
  const up = raw(file['wire'])['up'];
  const [word, given] = typeof up === 'string' ? [up, {}] : (Object.entries(raw(up))[0] ?? []);
  if (word === undefined) return [];
  const options = typeof given === 'object' ? raw(given) : { aggregate: given };
  const at = (...keys: readonly string[]) => ['wire', 'up', ...keys];
  const faults: Fault[] = [];
  const synchronous = file['strategy'] === undefined || wordOf(file['strategy']) === 'synchronous';
  const feedback = options['error-feedback'];
  if ((word === 'top-k' || word === 'random-k') && synchronous && feedback === false) {
    const message = `without error feedback most of a gradient is lost with ${word} in every step`;
    const allowed = ['error-feedback: true', 'a strategy with local steps'];
    faults.push({ path: at(word, 'error-feedback'), message, allowed, atKey: true });
  }
  if (word === 'sign' && options['aggregate'] === 'majority') {
    const vote = (message: string, allowed: readonly string[], path = at(word)): void => {
      faults.push({ path, message, allowed, atKey: true });
    };
    if (!synchronous)
      vote('a majority makes steps of ±learning rate, which only gradients can take', [
        'strategy: synchronous',
        'aggregate: mean',
      ]);
    if (feedback === true)
      vote('a vote has no size, so there is nothing to feed back', [
        'aggregate: mean',
        'error-feedback: false',
      ]);
    if (file['clip-norm'] !== undefined)
      vote('a vote has no size to clip', ['no clip-norm', 'aggregate: mean'], ['clip-norm']);
  }
  if (isGanFile(file) && (['top-k', 'random-k', 'sign'].includes(word) || feedback === true)) {
    const message =
      'the two networks of a GAN take steps in turns: what one step leaves out would be fed back in the step of the other';
    faults.push({ path: at(word), message, allowed: ['f32', 'f16', 'bf16', 'int8'], atKey: true });
  }
  return faults;
}

/** The word of a choice, however it was written. */
function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const keys = Object.keys(raw(value));
  return keys.length === 1 ? keys[0] : undefined;
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
