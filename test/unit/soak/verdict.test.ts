import { describe, expect, test } from 'vitest';
import type { Sample } from '../../support/soak/samples.ts';
import { BOUNDS, verdict } from '../../support/soak/verdict.ts';

const MIB = 2 ** 20;

/** Ninety samples, a second apart, of a process that holds so much after each. */
function samples(
  resident: (second: number) => number,
  descriptors: (second: number) => number = () => 30,
): Sample[] {
  return Array.from({ length: 90 }, (_, second) => ({
    at: second * 1000,
    process: 'coordinator',
    resident: resident(second),
    descriptors: descriptors(second),
    lateMs: second === 40 ? 700 : 12,
  }));
}

describe('the verdict of a soak', () => {
  test('warming up, and going up and down, is no growth', () => {
    const { rows, faults } = verdict(
      samples((second) => Math.min(200, 50 + 10 * second) * MIB + (second % 7) * MIB),
    );
    expect(faults).toEqual([]);
    expect(rows).toMatchObject([{ process: 'coordinator', descriptors: [30, 30, 30], lateMs: [700, 700] }]);
  });

  test('memory that grows for ever is found', () => {
    const { faults } = verdict(samples((second) => (100 + 2 * second) * MIB));
    expect(faults).toEqual([expect.stringMatching(/^coordinator: memory grew from 190 MiB to 250 MiB/)]);
  });

  test('growth within the bound passes, and just beyond it does not', () => {
    const base = 200 * MIB;
    const most = base * (1 + BOUNDS.memory.share) + BOUNDS.memory.bytes;
    const stepped = (after: number) => verdict(samples((second) => (second < 60 ? base : after))).faults;
    expect(stepped(most)).toEqual([]);
    expect(stepped(most + 1)).toHaveLength(1);
  });

  test('descriptors that are not closed are found', () => {
    const { faults } = verdict(
      samples(
        () => 100 * MIB,
        (second) => 30 + second,
      ),
    );
    expect(faults).toEqual([expect.stringMatching(/file descriptors grew from \d+ to \d+/)]);
  });

  test('no sample of a third is no pass', () => {
    const late = samples(() => 100 * MIB).filter(({ at }) => at >= 60_000);
    expect(verdict(late).faults).toHaveLength(2);
  });
});
