import type { Fault } from './cross-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Whether a job file is of a GAN, by its model. */
export function isGanFile(file: Raw): boolean {
  return wordOf(file['model']) === 'gan';
}

/** What evaluations of a GAN have. */
export function ganMetrics(file: Raw): readonly string[] {
  const judged = raw(file['evaluate'])['judge'] === undefined ? [] : ['frechet-distance'];
  return [...judged, 'loss', 'discriminator-loss'];
}

/** What a GAN needs of the other sections, and what they may not have without one. */
export function ganFaults(file: Raw): Fault[] {
  const loss = wordOf(file['loss']);
  const judge = raw(file['evaluate'])['judge'];
  if (!isGanFile(file)) {
    const only = 'is for two networks that learn from each other';
    return [
      ...(loss === 'gan'
        ? [{ path: ['loss'], message: `the loss gan ${only}`, allowed: ['model: gan', 'another loss'] }]
        : []),
      ...(file['discriminator-optimizer'] === undefined
        ? []
        : [stranger(['discriminator-optimizer'], `a second optimizer ${only}`)]),
      ...(judge === undefined ? [] : [stranger(['evaluate', 'judge'], 'a judge is for generated examples')]),
    ];
  }
  const data = raw(file['data']);
  const target = raw(data['target'])['type'];
  const faults: Fault[] = [];
  if (loss !== undefined && loss !== 'gan') {
    const message = `the loss ${loss} is for one network, and a GAN has two`;
    faults.push({ path: ['loss'], message, allowed: ['gan'] });
  }
  if (data['text'] !== undefined) {
    const message = 'a generator makes numbers, and a text is tokens';
    faults.push({ path: ['data', 'text'], message, allowed: ['source'], atKey: true });
  } else if (isRaw(data['target']) && target !== 'none') {
    const message = 'a GAN has no target: it learns what the features look like';
    faults.push({ path: ['data', 'target'], message, allowed: ['{ type: none }'] });
  }
  const strategy = wordOf(file['strategy']);
  if (file['strategy'] !== undefined && strategy !== 'synchronous') {
    const message = `two networks take turns after every step, which the strategy ${strategy ?? 'here'} does not`;
    faults.push({ path: ['strategy'], message, allowed: ['synchronous'] });
  }
  if (judge !== undefined && data['test'] === 0) {
    const message = 'a judge compares with held-out rows, but data.test is 0';
    faults.push({ path: ['evaluate', 'judge'], message, allowed: ['data.test greater than 0'], atKey: true });
  }
  return faults;
}

function stranger(path: readonly string[], what: string): Fault {
  return { path, message: `${what}: this job has no model: gan`, allowed: ['model: gan'], atKey: true };
}

/** The word of a choice, however it was written. */
function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const keys = Object.keys(raw(value));
  return keys.length === 1 ? keys[0] : undefined;
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function raw(value: unknown): Raw {
  return isRaw(value) ? value : {};
}
