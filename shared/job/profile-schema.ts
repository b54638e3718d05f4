import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { choice } from './choice.ts';

/** What virtual clients are like: medians over clients, and how far they differ. */
export interface ProfileJob {
  readonly kind: 'none' | 'phones' | 'sites' | 'custom';
  readonly speed: {
    readonly examplesPerSecond: number;
    /** Standard deviation of the logarithm over clients. */
    readonly spread: number;
    /** The same from one piece of work of a client to the next. */
    readonly jitter: number;
  };
  readonly availability: {
    readonly share: number;
    readonly swing: number;
    /** Hour of the client's day, 0 … 24. */
    readonly peak: number;
    readonly weekend: number;
    /** Hours, standard deviation over clients. */
    readonly zones: number;
    readonly minutes: number;
  };
  readonly dropout: number;
  readonly network: {
    /** Megabits a second; undefined: unlimited. */
    readonly downMbps?: number | undefined;
    readonly upMbps?: number | undefined;
    readonly spread: number;
    readonly latencyMs: number;
  };
}

type Numbers = Omit<ProfileJob, 'kind'>;

/** Everyone alike and always there: the default of a simulation. */
const none: Numbers = {
  speed: { examplesPerSecond: 1000, spread: 0, jitter: 0 },
  availability: { share: 1, swing: 0, peak: 2, weekend: 1, zones: 0, minutes: 60 },
  dropout: 0,
  network: { spread: 0, latencyMs: 0 },
};

/**
 * Phones that train while they charge. Four times as many by night as by day, and up to a tenth of the work lost: Bonawitz et al.
 * 2019, "Towards federated learning at scale" (section 9). An order of magnitude between slow and fast ones, in computing
 * and in transfer: Lai et al. 2021, "Oort" (section 2.2).
 */
const phones: Numbers = {
  speed: { examplesPerSecond: 100, spread: 0.7, jitter: 0.15 },
  availability: { share: 0.3, swing: 0.6, peak: 2, weekend: 1, zones: 2, minutes: 60 },
  dropout: 0.08,
  network: { downMbps: 20, upMbps: 6, spread: 0.7, latencyMs: 60 },
};

/** Servers of hospitals or branches: few, steady, well connected. */
const sites: Numbers = {
  speed: { examplesPerSecond: 2000, spread: 0.3, jitter: 0.05 },
  availability: { share: 0.98, swing: 0, peak: 2, weekend: 1, zones: 0, minutes: 60 },
  dropout: 0.005,
  network: { downMbps: 200, upMbps: 100, spread: 0.3, latencyMs: 20 },
};

const LONGEST_SPREAD = 3;

function numbers(byDefault: Numbers) {
  const { speed, availability, network } = byDefault;
  const spread = (value: number, what: string) =>
    z
      .number()
      .nonnegative()
      .max(LONGEST_SPREAD)
      .default(value)
      .meta({ description: `Standard deviation of the logarithm of ${what}.`, examples: [0.5] });
  const rate = (value: number | undefined, description: string) => {
    const megabits = z.number().positive().max(1e6);
    return (value === undefined ? megabits.optional() : megabits.default(value)).meta({
      description,
      examples: [20],
    });
  };
  return z.strictObject({
    speed: z
      .strictObject({
        'examples-per-second': z
          .number()
          .positive()
          .max(1e9)
          .default(speed.examplesPerSecond)
          .meta({ description: 'Examples that the median client trains on in a second.', examples: [100] }),
        spread: spread(speed.spread, 'speed over clients'),
        jitter: spread(speed.jitter, "a client's speed over its work"),
      })
      .prefault({})
      .meta({
        description: 'How fast clients compute.',
        examples: [{ 'examples-per-second': 50, spread: 0.7 }],
      }),
    availability: z
      .strictObject({
        share: z
          .number()
          .min(0.001)
          .max(1)
          .default(availability.share)
          .meta({ description: 'Share of the time that a client is there.', examples: [0.3] }),
        swing: z
          .number()
          .min(0)
          .max(1)
          .default(availability.swing)
          .meta({ description: 'Day and night: share · (1 ± swing). 0.6 is four to one.', examples: [0.6] }),
        peak: z
          .number()
          .min(0)
          .max(24)
          .default(availability.peak)
          .meta({ description: "Hour of the client's day at which most are there.", examples: [2] }),
        weekend: z
          .number()
          .min(0.001)
          .max(10)
          .default(availability.weekend)
          .meta({ description: 'Factor on Saturday and Sunday.', examples: [0.5] }),
        zones: z
          .number()
          .min(0)
          .max(12)
          .default(availability.zones)
          .meta({ description: 'Time zones: standard deviation in hours.', examples: [2] }),
        minutes: z
          .number()
          .min(1)
          .max(1440)
          .default(availability.minutes)
          .meta({ description: 'A client comes or goes at most so often.', examples: [60] }),
      })
      .prefault({})
      .meta({
        description: 'When clients are there; time 0 is Monday, 0:00.',
        examples: [{ share: 0.3, swing: 0.6 }],
      }),
    dropout: z
      .number()
      .min(0)
      .max(1)
      .default(byDefault.dropout)
      .meta({ description: 'Probability that a client gives work up in the middle.', examples: [0.1] }),
    network: z
      .strictObject({
        'down-mbps': rate(network.downMbps, 'Megabits a second to the median client; unlimited if left out.'),
        'up-mbps': rate(network.upMbps, 'Megabits a second from the median client; unlimited if left out.'),
        spread: spread(network.spread, 'bandwidth and latency over clients'),
        'latency-ms': z
          .number()
          .nonnegative()
          .max(600_000)
          .default(network.latencyMs)
          .meta({
            description: "The median client's milliseconds before a transfer begins.",
            examples: [60],
          }),
      })
      .prefault({})
      .meta({ description: "Clients' links.", examples: [{ 'down-mbps': 20, 'up-mbps': 6 }] }),
  });
}

/** `profile: phones`, `profile: { phones: { dropout: 0.5 } }`, `profile: { custom: { … } }`. */
export const profileSchema = choice<ProfileJob>(
  {
    id: 'profile',
    description: 'Speed, availability, dropout and network of virtual clients.',
    alternatives: {
      none: { schema: numbers(none), description: 'All alike, always there.', example: 'none' },
      phones: {
        schema: numbers(phones),
        description: 'Phones: by night rather than by day, fast and slow ones, some give up.',
        example: '{ phones: { dropout: 0.2 } }',
      },
      sites: {
        schema: numbers(sites),
        description: 'Servers of sites: steady, well connected.',
        example: 'sites',
      },
      custom: {
        schema: numbers(none),
        description: 'Own numbers; what is left out is as in `none`.',
        example: '{ custom: { speed: { spread: 1 } } }',
      },
    },
  },
  (kind, options) => {
    const { speed, availability, dropout, network } = options as z.output<ReturnType<typeof numbers>>;
    return {
      kind: kind as ProfileJob['kind'],
      speed: camelKeys(speed),
      availability,
      dropout,
      network: camelKeys(network),
    };
  },
);
