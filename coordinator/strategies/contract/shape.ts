/** What a strategy must have, and of which type; see `Strategy`. */
const REQUIRED: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value),
  serverVectors: isNames,
  summation: (value) => value === 'position' || value === 'arrival',
  plan: isFunction,
  accept: isFunction,
  finish: isFunction,
};

const OPTIONAL: Readonly<Record<string, (value: unknown) => boolean>> = {
  goal: isFunction,
  metrics: isFunction,
  memberMetrics: isMemberMetrics,
  local: isNames,
  models: isNames,
  leastRows: (value) => Number.isInteger(value) && (value as number) > 0,
  evaluates: isObject,
  outer: isServerOptimizer,
};

const EXPECTED: Readonly<Record<string, string>> = {
  name: 'a short name in lower case, such as my-strategy',
  serverVectors: 'a list of names, which may be empty',
  summation: "'position' or 'arrival'",
  plan: 'a function (context) => pieces of work',
  accept: 'a function (header, context) => weights, or { refuse: why }',
  finish: 'a function (context) => a step, or undefined while the window is open',
  goal: 'a function (asked) => how many updates are enough',
  metrics: 'a function (sums) => numbers by name',
  memberMetrics:
    "metrics by names of their own, such as worst-recall: { of: (sums) => number, over: 'mean' | 'weighted-mean' | 'max' | 'min' | { quantile: 0.9 } }",
  local: 'a list of names',
  models: 'a list of names among serverVectors',
  leastRows: 'a whole number above 0',
  evaluates: 'an object with choices or beside',
  outer:
    "an object { kind: 'sgd', momentum, nesterov } or { kind: 'fedadagrad' | 'fedadam' | 'fedyogi', beta1, beta2, tau }",
};

/** One sentence for each member that is missing, has another type, or is none of a strategy's. */
export function shapeFaults(strategy: unknown): string[] {
  if (!isObject(strategy))
    return ['it is no object: return { name, serverVectors, summation, plan, accept, finish }'];
  const found = strategy as Readonly<Record<string, unknown>>;
  const wrong = [
    ...Object.entries(REQUIRED).filter(([key, holds]) => !holds(found[key])),
    ...Object.entries(OPTIONAL).filter(([key, holds]) => found[key] !== undefined && !holds(found[key])),
  ].map(([key]) => `${key} is ${shown(found[key])}; it must be ${EXPECTED[key]}`);
  const strange = Object.keys(found).filter((key) => !(key in REQUIRED) && !(key in OPTIONAL));
  const vectors = Array.isArray(found['serverVectors']) ? found['serverVectors'] : [];
  const models = (Array.isArray(found['models']) ? found['models'] : []).filter(
    (name) => !vectors.includes(name),
  );
  return [
    ...wrong,
    ...strange.map(
      (key) =>
        `${key} is nothing that a strategy has; it may have ${[...Object.keys(REQUIRED), ...Object.keys(OPTIONAL)].join(', ')}`,
    ),
    ...models.map((name) => `models names ${String(name)}, which is not among serverVectors`),
    ...(vectors.includes('parameters') ? ["serverVectors names 'parameters', which are the weights"] : []),
  ];
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === 'string' && name.length > 0 && name.length <= 200) &&
    new Set(value).size === value.length
  );
}

const AGGREGATIONS: readonly unknown[] = ['mean', 'weighted-mean', 'max', 'min'];
/** What evaluations say already. */
const TAKEN = /^(loss|accuracy|participants|(participants|worst-decile|deviation|cluster|best-cluster)-.*)$/;

function isMemberMetrics(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.entries(value as Readonly<Record<string, unknown>>).every(([name, metric]) => {
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(name) || TAKEN.test(name) || !isObject(metric)) return false;
    const { of, over, higherIsBetter = true } = metric as Readonly<Record<string, unknown>>;
    const isPutTogether = AGGREGATIONS.includes(over) || isQuantile(over);
    return isFunction(of) && isPutTogether && typeof higherIsBetter === 'boolean';
  });
}

function isQuantile(over: unknown): boolean {
  if (!isObject(over)) return false;
  const { quantile } = over as { readonly quantile?: unknown };
  return typeof quantile === 'number' && quantile >= 0 && quantile <= 1;
}

function isServerOptimizer(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, momentum, nesterov, beta1, beta2, tau } = value as Readonly<Record<string, unknown>>;
  const isShare = (number: unknown): boolean => typeof number === 'number' && number >= 0 && number < 1;
  if (kind === 'sgd') return isShare(momentum) && typeof nesterov === 'boolean';
  if (kind !== 'fedadagrad' && kind !== 'fedadam' && kind !== 'fedyogi') return false;
  return isShare(beta1) && (kind === 'fedadagrad' || isShare(beta2)) && typeof tau === 'number' && tau > 0;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value)?.slice(0, 60) ?? String(value));
}
