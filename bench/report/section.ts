import type { Row } from '../row.ts';

/** The machine and the programs that figures are of; nothing that names this one machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** Versions by package. */
  readonly packages: Readonly<Record<string, string>>;
}

/** What one suite measured, and when. */
export interface Section {
  readonly suite: string;
  readonly about: string;
  /** Day, as YYYY-MM-DD. */
  readonly measuredOn: string;
  readonly short: boolean;
  /** Share of the machine's processor time that others used. */
  readonly busy: number;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

/** The sections with those that were measured anew in the place of the old ones, in the order of the suites. */
export function merged(
  before: readonly Section[],
  now: readonly Section[],
  order: readonly string[],
): readonly Section[] {
  return order.flatMap((name) => {
    const of = ({ suite }: Section): boolean => suite === name;
    const section = now.find(of) ?? before.find(of);
    return section ? [section] : [];
  });
}
