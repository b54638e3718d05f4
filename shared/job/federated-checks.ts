import { className } from '../data/class-name.ts';
import type { Fault } from './cross-checks.ts';
import { federatedStrategies } from './federated-strategies.ts';
import { isImageFile } from './image-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Strategies that need rows that members hold. */
const OWN = Object.keys(federatedStrategies);
/** Strategies for both, of which `steps` says how much of the dealt rows a member takes. */
const EITHER = ['fedbuff', 'scaffold', 'fedbn'];

/** What goes with data that members hold, and what only with it. */
export function federatedFaults(file: Raw): Fault[] {
  const data = raw(file['data']);
  return data['held-by'] === 'members' ? heldByMembers(file, data) : heldByCoordinator(file, data);
}

function heldByMembers(file: Raw, data: Raw): Fault[] {
  const faults: Fault[] = [];
  // Of several words, as of a module and its options, the schema speaks.
  const strategy = file['strategy'] === undefined ? 'synchronous' : wordOf(file['strategy']);
  if (strategy === 'synchronous') {
    const message =
      file['strategy'] === undefined
        ? 'the default, synchronous, deals out rows, but members hold them (data.held-by): name a strategy, such as strategy: fedavg'
        : `the strategy ${strategy} deals out rows, but members hold them (data.held-by)`;
    const at = file['strategy'] === undefined ? { path: [], missing: ['strategy'] } : { path: ['strategy'] };
    faults.push({ ...at, message, allowed: [...OWN, ...EITHER, 'diloco', 'local-steps'] });
  }
  if (strategy === 'ifca' && file['ema'] !== undefined) {
    const message = 'an average of the weights is of one model, ifca has several';
    faults.push({ path: ['ema'], message, allowed: ['no ema'], atKey: true });
  }
  faults.push(...doubleClass(data));
  if (file['epochs'] !== undefined) {
    const message = 'a run on data that members hold is counted in rounds';
    faults.push({ path: ['epochs'], message, allowed: ['rounds'], atKey: true });
  }
  const features = raw(data['features']);
  const isText = data['text'] !== undefined || features['text'] !== undefined;
  if (!isText && !isImageFile(data) && features['columns'] === undefined) {
    const message = 'missing: the coordinator does not see the tables of which they would be all the others';
    faults.push({ path: ['data', 'features', 'columns'], message });
  }
  const tokenizer = wordOf(data['tokenizer'] ?? features['tokenizer']) ?? 'bytes';
  if (tokenizer !== 'bytes') {
    const path = data['tokenizer'] === undefined ? ['data', 'features', 'tokenizer'] : ['data', 'tokenizer'];
    faults.push({ path, message: 'participants share no text to learn tokens from', allowed: ['bytes'] });
  }
  if (raw(file['evaluate'])['every'] !== undefined && wordOf(raw(file['evaluate'])['every']) === 'epochs') {
    const message = 'a run on data that members hold is counted in rounds';
    faults.push({ path: ['evaluate', 'every'], message, allowed: ['rounds'] });
  }
  const { source, text } = data;
  if (raw(file['simulation'])['held-out'] !== undefined && (source ?? text) !== undefined) {
    const message = 'the coordinator evaluates with its own rows (data.source)';
    faults.push({ path: ['simulation', 'held-out'], message, allowed: ['one of the two'], atKey: true });
  }
  return faults;
}

function heldByCoordinator(file: Raw, data: Raw): Fault[] {
  const faults: Fault[] = [];
  const strategy = wordOf(file['strategy']);
  if (strategy !== undefined && OWN.includes(strategy)) {
    const message = `the strategy ${strategy} trains on data that members hold`;
    faults.push({ path: ['strategy'], message, allowed: ['data.held-by: members', 'local-steps'] });
  }
  if (strategy !== undefined && EITHER.includes(strategy)) {
    const options = raw(raw(file['strategy'])[strategy]);
    const isShort = typeof raw(file['strategy'])[strategy] === 'number';
    if (!isShort && options['steps'] === undefined) {
      faults.push({ path: ['strategy', strategy, 'steps'], message: 'missing', allowed: ['a whole number'] });
    }
    for (const key of ['epochs', 'work'].filter((key) => options[key] !== undefined)) {
      const message = `${key} is of data that members hold; here steps says how much a member does`;
      faults.push({ path: ['strategy', strategy, key], message, allowed: ['steps'], atKey: true });
    }
  }
  if (isImageFile(data)) faults.push(...doubleClass(data));
  const strangers: [readonly string[], unknown][] = [
    [['data', 'target', 'classes'], isImageFile(data) ? undefined : raw(data['target'])['classes']],
    [['members', 'selection'], raw(file['members'])['selection']],
    [['evaluate', 'participants'], raw(file['evaluate'])['participants']],
    [['evaluate', 'fine-tune'], raw(file['evaluate'])['fine-tune']],
    [['simulation'], file['simulation']],
  ];
  for (const [path, value] of strangers) {
    if (value === undefined) continue;
    const images = path.at(-1) === 'classes' ? ', and of images' : '';
    const message = `${path.at(-1)} is of data that members hold${images}`;
    faults.push({ path, message, allowed: ['data.held-by: members'], atKey: true });
  }
  return faults;
}

function doubleClass(data: Raw): Fault[] {
  const classes = raw(data['target'])['classes'];
  const names = Array.isArray(classes) ? classes.map((name) => className(String(name))) : [];
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice < 0) return [];
  const path = ['data', 'target', 'classes', twice];
  return [{ path, message: `the class ${JSON.stringify(names[twice])} is there twice` }];
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const keys = Object.keys(raw(value));
  return keys.length === 1 ? keys[0] : undefined;
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
