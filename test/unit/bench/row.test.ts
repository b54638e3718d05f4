import { describe, expect, it } from 'vitest';
import { isMet, type Row, resultOf } from '../../../bench/row.ts';
import { spreadOf } from '../../../bench/spread.ts';

const row: Row = {
  name: 'step',
  unit: 'ms',
  ours: spreadOf([6, 5, 9]),
  peer: { name: 'PyTorch', version: '2.15.0', spread: spreadOf([4]) },
  target: { of: 'ratio', most: 1.5 },
  bound: 'the matrix products.',
};

describe('resultOf', () => {
  it('has the agreed keys, the medians and their ratio', () => {
    expect(resultOf(row)).toStrictEqual({
      name: 'step',
      ours: 6,
      peer: 4,
      peerVersion: 'PyTorch 2.15.0',
      ratio: 1.5,
      unit: 'ms',
    });
  });

  it('has the same keys, with null, where there is no peer, or it is not installed', () => {
    const { peer: _, ...alone } = row;
    const missing: Row = { ...row, peer: { name: 'PyTorch', version: null, why: 'not installed' } };
    for (const each of [alone, missing]) {
      expect(resultOf(each)).toStrictEqual({
        ...resultOf(row),
        peer: null,
        peerVersion: null,
        ratio: null,
      });
    }
  });

  it('keeps the version of a peer that cannot do it', () => {
    const cannot: Row = { ...row, peer: { name: 'TensorFlow.js wasm', version: '4.22.0', why: 'cannot' } };
    expect(resultOf(cannot)).toMatchObject({ peer: null, peerVersion: 'TensorFlow.js wasm 4.22.0' });
  });
});

describe('isMet', () => {
  it('holds the ratio or our own figure to the target', () => {
    expect(isMet(row)).toBe(true);
    expect(isMet({ ...row, ours: spreadOf([7]) })).toBe(false);
    expect(isMet({ ...row, target: { of: 'ours', most: 5 } })).toBe(false);
  });

  it('takes the least of what should be large', () => {
    expect(isMet({ ...row, target: { of: 'ours', least: 5 } })).toBe(true);
    expect(isMet({ ...row, target: { of: 'ratio', least: 100 } })).toBe(false);
  });

  it('says nothing without a target or without the peer', () => {
    expect(isMet({ ...row, target: undefined })).toBeUndefined();
    expect(isMet({ ...row, peer: undefined })).toBeUndefined();
  });
});

describe('spreadOf', () => {
  it('interpolates median and quartiles, whatever the order', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({
      median: 2.5,
      minimum: 1,
      maximum: 4,
      lower: 1.75,
      upper: 3.25,
      samples: 4,
    });
  });

  it('refuses to make a figure of nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
