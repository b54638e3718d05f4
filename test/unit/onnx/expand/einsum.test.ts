import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseEinsum } from '../../../../shared/onnx/expand/einsum-equation.ts';
import { distance, numbersOf, runOnce } from '../../autodiff/run.ts';
import { uniform } from '../../autodiff/spec.ts';
import { agrees, differentiates, expanded, feedsWith, text, type Use } from './agree.ts';

const SIZES: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 2, i: 3, j: 5, k: 4, A: 2, Z: 3 };

function use(equation: string, shapes: readonly (readonly number[])[]): Use {
  return { op: 'Einsum', attributes: { equation: text(equation) }, inputs: shapes.map((dims) => ({ dims })) };
}

/** Shapes by letter; `...` stands for what `around` says of the operand. */
function byLetter(equation: string, around: readonly (readonly number[])[] = []): Use {
  const terms = equation.replaceAll(' ', '').split('->')[0]!.split(',');
  const shapes = terms.map((term, k) => {
    const [before = '', after] = term.split('...');
    const sizes = (letters: string) => [...letters].map((letter) => SIZES[letter] as number);
    return [...sizes(before), ...(after === undefined ? [] : (around[k] ?? [])), ...sizes(after ?? '')];
  });
  return use(equation, shapes);
}

/** Forms that ONNX Runtime's kernel takes too: no mixed case, no broadcast in an ellipsis, none that is summed. */
const FORMS: readonly (readonly [string, (readonly (readonly number[])[])?])[] = [
  ['ij->ji'],
  ['ij'],
  ['ji'],
  ['ij->'],
  ['ij->i'],
  ['ii->i'],
  ['ii'],
  ['iji->j'],
  ['iiij->ij'],
  ['ij,jk'],
  ['ij,jk->ik'],
  ['ij,jk->ki'],
  ['ij,kj->ik'],
  ['i,i->'],
  ['i,i'],
  ['i,j->ij'],
  ['ij,ij->ij'],
  ['ij,ij->'],
  ['abi,abj->aij'],
  ['bija,bjka->bika'],
  ['ij,jk,kb->ib'],
  ['ij,j,jk,a->aki'],
  ['ij,ab->'],
  ['ij,jk->'],
  [' i j , j k -> i k '],
  ['Ai,iZ->AZ'],
  ['ii,ij->j'],
  [
    '...ij,...jk->...ik',
    [
      [2, 3],
      [2, 3],
    ],
  ],
  ['...ij,jk', [[2, 3], []]],
  ['i...->...', [[2, 3]]],
  ['i...j,j...k->ik...', [[2], [2]]],
  ['...', [[2, 3]]],
];

describe('Einsum agrees with the kernel of ONNX Runtime', () => {
  test.each(FORMS.map(([equation, around]) => [equation, byLetter(equation, around)] as const))(
    '%s',
    async (_, form) => {
      await agrees(form);
    },
  );

  test('axes of 1 broadcast against others, summed or not', async () => {
    await agrees(
      use('ij,jk->ik', [
        [2, 1],
        [3, 4],
      ]),
    );
    await agrees(
      use('bij,bjk->bik', [
        [1, 2, 3],
        [4, 3, 2],
      ]),
    );
  });

  test('60 random equations of two and three operands', async () => {
    const next = uniform(5);
    const pick = (count: number) => Math.floor(next() * count);
    for (let round = 0; round < 60; round++) {
      const letters = [...'abcijk'];
      const term = () =>
        letters
          .filter(() => next() < 0.5)
          .sort(() => next() - 0.5)
          .join('');
      const terms = Array.from({ length: 2 + pick(2) }, term);
      const used = [...new Set(terms.join(''))];
      const output = used
        .filter(() => next() < 0.5)
        .sort(() => next() - 0.5)
        .join('');
      await agrees(byLetter(`${terms.join(',')}->${output}`));
    }
  });
});

interface Stored {
  readonly equation: string;
  readonly inputs: readonly { readonly dims: readonly number[]; readonly values: readonly number[] }[];
  readonly dims: readonly number[];
  readonly values: readonly number[];
}
const stored: readonly Stored[] = JSON.parse(
  readFileSync(new URL('../../../data/onnx/einsum.json', import.meta.url), 'utf8'),
);

describe('Einsum agrees with torch.einsum, also where ONNX Runtime refuses the equation', () => {
  test.each(stored.map((item, k) => [`${k}: ${item.equation}`, item] as const))('%s', async (_, item) => {
    const form: Use = {
      op: 'Einsum',
      attributes: { equation: text(item.equation) },
      inputs: item.inputs.map((input) => ({ ...input })),
    };
    const { y0 } = await runOnce(expanded(form), feedsWith(form));
    expect(y0?.dims).toEqual(item.dims);
    const { error, size } = distance(numbersOf(y0), item.values);
    expect(error).toBeLessThan(1e-5 * size + 1e-6);
    await differentiates(form);
  });
});

describe('Einsum is differentiated', () => {
  test.each(FORMS.map(([equation, around]) => [equation, byLetter(equation, around)] as const))(
    '%s',
    async (_, form) => {
      await differentiates(form);
    },
  );

  test('axes of 1 that are summed against others', async () => {
    await differentiates(
      use('ij,jk->ik', [
        [2, 1],
        [3, 4],
      ]),
    );
  });
});

describe('with symbolic dimensions', () => {
  const symbolic: readonly (readonly [
    string,
    readonly { dims: number[]; symbols: (string | number)[] }[],
  ])[] = [
    [
      'bij,bjk->bik',
      [
        { dims: [2, 3, 4], symbols: ['batch', 'time', 4] },
        { dims: [2, 4, 5], symbols: ['batch', 4, 'keys'] },
      ],
    ],
    [
      'bhid,bhjd->bhij',
      [
        { dims: [2, 2, 3, 4], symbols: ['batch', 2, 'time', 4] },
        { dims: [2, 2, 3, 4], symbols: ['batch', 2, 'time', 4] },
      ],
    ],
    [
      'bthd,hde->bte',
      [
        { dims: [2, 3, 2, 4], symbols: ['batch', 'time', 2, 4] },
        { dims: [2, 4, 5], symbols: [2, 4, 5] },
      ],
    ],
    [
      'bthd,eth->bde',
      [
        { dims: [2, 3, 2, 4], symbols: ['batch', 'time', 'heads', 4] },
        { dims: [5, 3, 2], symbols: [5, 'time', 'heads'] },
      ],
    ],
    ['bii->bi', [{ dims: [2, 3, 3], symbols: ['batch', 'n', 'n'] }]],
    ['bii->b', [{ dims: [2, 3, 3], symbols: ['batch', 3, 3] }]],
  ];
  test.each(symbolic)('%s', async (equation, inputs) => {
    const form: Use = { op: 'Einsum', attributes: { equation: text(equation) }, inputs };
    await agrees(form);
    await differentiates(form);
  });
});

test('an attention product is one MatMul and no Shape', () => {
  const nodes = expanded({
    op: 'Einsum',
    attributes: { equation: text('bhid,bhjd->bhij') },
    inputs: [2, 2].map(() => ({ dims: [2, 2, 3, 4], symbols: ['batch', 2, 3, 4] })),
  }).graph.nodes.filter(({ op }) => op !== 'Constant');
  expect(nodes.map(({ op }) => op)).toEqual(['Transpose', 'MatMul']);
});

describe('an equation that does not fit says why', () => {
  test.each([
    ['ij,jk', [2], '2 terms for 1 inputs'],
    ['ij->k', [2], '"k" of the result is in no term'],
    ['ij', [3], 'does not fit an input with 3 dimensions'],
    ['ij->ii', [2], 'twice'],
    ['i->j->k', [1], 'more than one arrow'],
    ['i......j', [3], 'more than one ellipsis'],
    ['i.j', [2], 'letters and one ...'],
  ] as const)('%s', (equation, ranks, message) => {
    expect(() => parseEinsum(equation, ranks)).toThrow(message);
  });
});
