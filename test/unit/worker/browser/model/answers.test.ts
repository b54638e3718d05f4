import { describe, expect, it } from 'vitest';
import { answersOf } from '../../../../../worker/browser/model/answers.ts';

const logits = Float32Array.of(2, 1, 3);
const probabilities = Float32Array.of(0.25, 0.125, 0.625);

describe('what a model says of an example, on a page', () => {
  it('of one output is shares of its classes, the largest first', () => {
    expect(answersOf({ logits, probabilities }, { classes: ['a', 'b', 'c'] })).toEqual([
      {
        shares: [
          { name: 'c', share: 0.625 },
          { name: 'a', share: 0.25 },
          { name: 'b', share: 0.125 },
        ],
      },
    ]);
  });

  it('of two classes with one probability is both', () => {
    const outputs = { logits: Float32Array.of(1), probabilities: Float32Array.of(0.75) };
    expect(answersOf(outputs, { classes: ['no', 'yes'] })).toEqual([
      {
        shares: [
          { name: 'yes', share: 0.75 },
          { name: 'no', share: 0.25 },
        ],
      },
    ]);
  });

  it('of several outputs is an answer for each, by its name: no raw logits', () => {
    const given = {
      digit: logits,
      digit_probabilities: probabilities,
      even: Float32Array.of(-2),
      even_probabilities: Float32Array.of(0.125),
      place: Float32Array.of(1.5, -2),
    };
    const outputs = [
      { output: 'digit', classes: ['0', '1', '2'] },
      { output: 'even', classes: ['no', 'yes'] },
      { output: 'place' },
    ];
    expect(answersOf(given, { outputs })).toEqual([
      { output: 'digit', shares: expect.arrayContaining([{ name: '2', share: 0.625 }]) },
      {
        output: 'even',
        shares: [
          { name: 'no', share: 0.875 },
          { name: 'yes', share: 0.125 },
        ],
      },
      { output: 'place', numbers: [1.5, -2] },
    ]);
  });

  it('is what comes out, where nothing is known of classes, or a class is at every place', () => {
    expect(answersOf({ prediction: Float32Array.of(0.5) }, {})).toEqual([
      { output: 'prediction', numbers: [0.5] },
    ]);
    expect(answersOf({ probabilities }, { classes: ['a', 'b'] })).toEqual([
      { output: 'probabilities', numbers: [0.25, 0.125, 0.625] },
    ]);
  });
});
