import { describe, expect, test } from 'vitest';
import { explain } from '../../../../shared/job/explain.ts';
import { partitionSchema } from '../../../../shared/job/partition-schema.ts';
import { parsePartition, partitionForms } from '../../../../shared/job/partition-text.ts';

describe('short form', () => {
  test.each([
    ['iid', 'iid', {}],
    ['dirichlet:0.3', 'dirichlet', { alpha: 0.3, minimum: 1, sizes: 'equal' }],
    ['dirichlet:1e-1, minimum=5', 'dirichlet', { alpha: 0.1, minimum: 5, sizes: 'equal' }],
    ['dirichlet:sizes=varied', 'dirichlet', { alpha: 0.5, minimum: 1, sizes: 'varied' }],
    ['shards:3', 'shards', { each: 3 }],
    ['shards', 'shards', { each: 2 }],
    ['quantity:1.5', 'quantity', { exponent: 1.5, minimum: 1 }],
    ['column:author', 'column', { name: 'author' }],
    ['column:author:id', 'column', { name: 'author:id' }],
    ['column:3', 'column', { name: 3 }],
    ['temporal', 'temporal', {}],
    ['temporal:date', 'temporal', { column: 'date' }],
    ['feature:age,overlap=0.1', 'feature', { column: 'age', overlap: 0.1 }],
  ])('%s', (text, kind, options) => {
    expect(parsePartition(text)).toEqual({ kind, options });
  });

  test.each([
    ['dirichelt:0.3', 'unknown partition "dirichelt". Did you mean "dirichlet"? Allowed: iid, dirichlet'],
    ['', `begins with a word: ${partitionForms.join(', ')}`],
    ['natural', 'Did you mean "column"?'],
    ['iid:3', '"iid" takes no value, but here is "3"'],
    ['dirichlet:x', 'alpha: wrong type. Allowed: a number'],
    ['dirichlet:0', 'alpha: too small. Allowed: greater than 0'],
    ['dirichlet:', 'has no value for "alpha"'],
    ['dirichlet:1,2', 'two values for "alpha"'],
    [
      'dirichlet:1,minimun=2',
      'unknown key "minimun". Did you mean "minimum"? Allowed: alpha, minimum, sizes',
    ],
    ['dirichlet:1,sizes=vared', 'sizes: unknown word. Did you mean "varied"? Allowed: equal, varied'],
    ['shards:1.5', 'each: wrong type. Allowed: a whole number'],
    ['quantity:1,alpha=2', 'either exponent or alpha, not both'],
    ['column', 'name: missing'],
    ['dirichlet:1,__proto__=2', 'unknown key "__proto__"'],
    ['constructor:1', 'unknown partition "constructor"'],
  ])('%s is refused', (text, message) => {
    expect(() => parsePartition(text)).toThrow(message);
  });
});

test('what is too long is refused', () => {
  expect(() => parsePartition('x'.repeat(2000))).toThrow('at most 1000 characters');
});

test('a job file says the same', () => {
  for (const value of ['shards', { shards: 2 }, { shards: { each: 2 } }]) {
    expect(partitionSchema.parse(value)).toEqual({ kind: 'shards', options: { each: 2 } });
  }
  const fault = partitionSchema.safeParse({ shard: 2 }, { error: explain }).error!.issues[0]!;
  expect(fault.message).toContain('"nearest":"shards"');
});
