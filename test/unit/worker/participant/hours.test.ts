import { describe, expect, it } from 'vitest';
import { Hours } from '../../../../worker/participant/hours.ts';

const at = (hour: number, minute = 0, day = 10): Date => new Date(2026, 2, day, hour, minute);

describe('hours of the day', () => {
  it('over midnight', () => {
    const hours = Hours.parse('20-6');
    const within = [0, 5, 20, 23].map((hour) => hours.contains(at(hour, 59)));
    expect(within).toEqual([true, true, true, true]);
    expect([6, 12, 19].map((hour) => hours.contains(at(hour)))).toEqual([false, false, false]);
    expect(hours.nextBegin(at(12))).toEqual(at(20));
    expect(hours.nextBegin(at(20))).toEqual(at(20, 0, 11));
    expect(hours.nextEnd(at(23))).toEqual(at(6, 0, 11));
    expect(hours.nextEnd(at(3))).toEqual(at(6));
  });

  it('within a day, with minutes, and until midnight', () => {
    const hours = Hours.parse('8:30-17:15');
    expect(hours.contains(at(8, 29))).toBe(false);
    expect(hours.contains(at(8, 30))).toBe(true);
    expect(hours.contains(at(17, 14))).toBe(true);
    expect(hours.contains(at(17, 15))).toBe(false);
    const evening = Hours.parse('18-24');
    expect(evening.contains(at(23, 59))).toBe(true);
    expect(evening.contains(at(0))).toBe(false);
    expect(evening.nextEnd(at(20))).toEqual(at(0, 0, 11));
  });

  it('keep to the calendar over the end of a month and of a year', () => {
    const hours = Hours.parse('20-6');
    expect(hours.nextEnd(new Date(2026, 11, 31, 22))).toEqual(new Date(2027, 0, 1, 6));
  });

  it.each(['20', '20-', 'a-b', '25-6', '20-6:60', '6-6', '0-24', '20-6-7'])('%s is none', (text) => {
    expect(() => Hours.parse(text)).toThrow(text);
  });
});
