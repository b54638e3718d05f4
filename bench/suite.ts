import type { Row } from './row.ts';

export interface BenchContext {
  /** Few samples: for CI, and to see that it runs. */
  readonly short: boolean;
  /** A folder that is removed afterwards. */
  readonly folder: string;
  /** The command of a Python that imports torch; undefined when there is none. */
  readonly python: string | undefined;
  /** Says what is being measured. */
  readonly say: (text: string) => void;
}

/** Some rows that are measured together. */
export interface Suite {
  readonly name: string;
  readonly about: string;
  /** Its figures are no times: what else the machine does changes nothing in them. Default: they are. */
  readonly timed?: false;
  run(context: BenchContext): Promise<Row[]>;
}
