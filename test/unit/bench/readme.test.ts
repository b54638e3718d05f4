import { describe, expect, it } from 'vitest';
import { digits } from '../../../bench/report/cells.ts';
import { readmeOf } from '../../../bench/report/readme.ts';
import { type Machine, merged, type Section } from '../../../bench/report/section.ts';
import type { Row } from '../../../bench/row.ts';
import { spreadOf } from '../../../bench/spread.ts';

const machine: Machine = {
  cpu: 'A processor',
  cores: 2,
  memoryGiB: 8,
  platform: 'linux/x64',
  node: '20.19.0',
  packages: { 'onnxruntime-node': '1.30.0' },
};

const rows: Row[] = [
  {
    name: 'step | MLP',
    unit: 'ms',
    ours: spreadOf([6, 5, 9]),
    peer: { name: 'PyTorch', version: '2.15.0', spread: spreadOf([4]) },
    target: { of: 'ratio', most: 1.2 },
    bound: 'the matrix products.',
  },
  {
    name: 'round',
    unit: 'ms',
    ours: spreadOf([20]),
    peer: { name: 'PyTorch', version: null, why: 'not installed' },
    target: { of: 'ratio', most: 2 },
    bound: 'the wire.',
  },
];

const section: Section = {
  suite: 'step',
  about: 'a step',
  measuredOn: '2026-11-26',
  short: false,
  busy: 0.01,
  machine,
  rows,
};

describe('readmeOf', () => {
  it('is a pure function of the sections', () => {
    const text = readmeOf([section]);
    expect(readmeOf([section])).toBe(text);
    expect(text).toContain('## step: a step');
    expect(text).toContain('Measured on 2026-11-26, on A processor, 2 cores, 8 GiB of memory, linux/x64; ');
    expect(text).toContain('Node 20.19.0; onnxruntime-node 1.30.0');
    expect(text).toContain(
      '| step \\| MLP | ms | 6.00 (5.00–9.00) | PyTorch 2.15.0 | 4.00 | 1.50 | ratio ≤ 1.20, missed |',
    );
    expect(text).toContain(
      '| round | ms | 20.0 | PyTorch | not installed | – | ratio ≤ 2.00, not measured |',
    );
    expect(text).toContain('- **round**: the wire.');
    expect(text).not.toContain('short run');
  });

  it('says so when the samples are few', () => {
    expect(readmeOf([{ ...section, short: true }])).toContain('A short run');
  });
});

describe('a busy machine', () => {
  it('is said, so that nobody takes its ratios for figures', () => {
    expect(readmeOf([{ ...section, busy: 0.4 }])).toContain('Other programs used 40 % of the machine');
    expect(readmeOf([{ ...section, busy: 0.05 }])).not.toContain('Other programs');
  });
});

describe('merged', () => {
  it('puts what was measured anew in its place and keeps the others, without suites that are no more', () => {
    const named = (suite: string, busy: number): Section => ({ ...section, suite, busy });
    const before = [named('gone', 1), named('round', 1), named('step', 1)];
    expect(merged(before, [named('round', 2), named('new', 2)], ['step', 'round', 'new', 'never'])).toEqual([
      named('step', 1),
      named('round', 2),
      named('new', 2),
    ]);
  });
});

describe('digits', () => {
  it('gives three significant digits without powers of ten', () => {
    expect([0, 0.012345, 1.2345, 12.345, 123.45, 12345].map(digits)).toEqual([
      '0',
      '0.0123',
      '1.23',
      '12.3',
      '123',
      '12345',
    ]);
  });
});
