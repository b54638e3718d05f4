import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileSchema } from '../../../shared/job/profile-schema.ts';
import { Profiles } from '../../../simulation/profiles.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const profiles = (value: unknown, seed = 1) => new Profiles(profileSchema.parse(value), seed);
const clients = (count: number) => Array.from({ length: count }, (_, client) => client);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

test('the same seed, client and time give the same answer in any order; another seed another', () => {
  const [one, other, third] = [profiles('phones'), profiles('phones'), profiles('phones', 2)];
  const questions = clients(200).map((client) => ({ client, at: (client * 7919 * HOUR) % WEEK }));
  const answers = (from: Profiles, order: typeof questions) =>
    new Map(
      order.map(({ client, at }) => [
        client,
        [
          from.of(client),
          from.available(client, at),
          from.computeMs(client, 3, 100),
          from.givesUpAfter(client, 5),
        ],
      ]),
    );
  const forwards = answers(one, questions);
  const backwards = answers(other, questions.toReversed());
  for (const { client } of questions) expect(backwards.get(client)).toEqual(forwards.get(client));
  expect(answers(third, questions)).not.toEqual(forwards);
});

test('speeds are log-normal with the median and the spread that were asked for', () => {
  const { of } = { of: (client: number) => profiles('phones').of(client) };
  const logs = clients(10_000).map((client) => Math.log(of(client).examplesPerSecond));
  expect(Math.abs(mean(logs) - Math.log(100))).toBeLessThan(0.03);
  expect(Math.abs(deviation(logs) - 0.7)).toBeLessThan(0.02);
  const links = clients(10_000).map((client) => Math.log(of(client).upBytesPerMs));
  expect(Math.abs(mean(links) - Math.log(6 * 125))).toBeLessThan(0.03);
  expect(Math.abs(deviation(links) - 0.7)).toBeLessThan(0.02);
});

test('work of one client differs by the jitter', () => {
  const phones = profiles('phones');
  const logs = clients(10_000).map((work) => Math.log(phones.computeMs(4, work, 100)));
  expect(Math.abs(deviation(logs) - 0.15)).toBeLessThan(0.005);
});

describe('availability', () => {
  const share = (from: Profiles, at: number) =>
    mean(clients(4000).map((client) => (from.available(client, at) ? 1 : 0)));

  test('is the share that was asked for over a week, four to one between night and day', () => {
    const phones = profiles({ phones: { availability: { zones: 0 } } });
    const byHour = Array.from({ length: 168 }, (_, hour) => share(phones, hour * HOUR));
    expect(Math.abs(mean(byHour) - 0.3)).toBeLessThan(0.01);
    const at = (hour: number) => mean([0, 1, 2, 3, 4, 5, 6].map((day) => byHour[day * 24 + hour]!));
    expect(at(2) / at(14)).toBeGreaterThan(3.4);
    expect(at(2) / at(14)).toBeLessThan(4.6);
  });

  test('time zones flatten the wave', () => {
    const spread = profiles({ phones: { availability: { zones: 12 } } });
    expect(share(spread, 2 * HOUR) / share(spread, 14 * HOUR)).toBeLessThan(1.3);
  });

  test('the weekend has its factor', () => {
    const idle = profiles({ custom: { availability: { share: 0.8, weekend: 0.5 } } });
    expect(Math.abs(share(idle, 2.5 * 24 * HOUR) - 0.8)).toBeLessThan(0.03);
    expect(Math.abs(share(idle, 5.5 * 24 * HOUR) - 0.4)).toBeLessThan(0.03);
  });

  test('comings and goings agree with what is there', () => {
    const phones = profiles({ phones: { availability: { minutes: 7 } } });
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(4 * WEEK), (client, at) => {
        const here = phones.available(client, at);
        const from = phones.availableFrom(client, at);
        const until = phones.availableUntil(client, at);
        expect(here ? from : until).toBe(at);
        const change = here ? until : from;
        expect(change).toBeGreaterThan(at);
        expect(phones.available(client, change)).toBe(!here);
        expect(phones.available(client, at + (change - at) * 0.999)).toBe(here);
      }),
    );
  });

  test('whoever is always there never goes', () => {
    const none = profiles('none');
    expect([none.available(3, 1e9), none.availableFrom(3, 5), none.availableUntil(3, 5)]).toEqual([
      true,
      5,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

test('work is given up as often as asked for, anywhere in it', () => {
  const phones = profiles({ phones: { dropout: 0.25 } });
  const ends = clients(20_000).map((work) => phones.givesUpAfter(work % 100, work));
  const given = ends.filter((end) => end !== undefined);
  expect(Math.abs(given.length / ends.length - 0.25)).toBeLessThan(0.01);
  expect(Math.abs(mean(given) - 0.5)).toBeLessThan(0.02);
  expect(clients(1000).some((work) => profiles('none').givesUpAfter(0, work) !== undefined)).toBe(false);
});

test('transfers take latency and bytes over bandwidth', () => {
  const link = profiles({ custom: { network: { 'down-mbps': 8, 'up-mbps': 2, 'latency-ms': 50 } } });
  // 8 Mbit/s is a byte a microsecond.
  expect(link.downloadMs(9, 1_000_000)).toBeCloseTo(1050, 6);
  expect(link.uploadMs(9, 1_000_000)).toBeCloseTo(4050, 6);
  expect(profiles('none').uploadMs(9, 1e9)).toBe(0);
  expect(profiles('none').computeMs(0, 0, 500)).toBe(500);
});

test('what is out of bounds is refused', () => {
  const fails = (value: unknown) =>
    expect(profileSchema.safeParse(value).success, JSON.stringify(value)).toBe(false);
  fails({ phones: { dropout: 1.5 } });
  fails({ phones: { availability: { share: 0 } } });
  fails({ phone: {} });
  fails({ custom: { speeds: {} } });
});
