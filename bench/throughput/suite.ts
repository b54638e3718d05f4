import { hasFlower } from '../peers/flower.ts';
import type { Row } from '../row.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { additionRow } from './addition.ts';
import { serverRows } from './server-rows.ts';
import { measureServers, type ServerSize } from './servers.ts';

/** 64·256 + 256·162 + 162·10 weights and their biases: 59,908 parameters. */
const SMALL: ServerSize = {
  title: '60 k parameters',
  hidden: [256, 162],
  rounds: { whole: 1000, short: 60 },
  // Until V8 has compiled what a round of a few milliseconds runs through.
  warmUp: { whole: 300, short: 40 },
};

/** 64·4096 + 4096·6022 + 6022·10 weights and their biases: 24,998,604 parameters. */
const LARGE: ServerSize = {
  title: '25 M parameters',
  hidden: [4096, 6022],
  rounds: { whole: 6, short: 2 },
  warmUp: { whole: 1, short: 1 },
};

export const throughputSuite: Suite = {
  name: 'throughput',
  about: 'updates that a coordinator takes in a second, beside a Flower server',
  async run(context: BenchContext): Promise<Row[]> {
    const flower = (await hasFlower(context.python)) ? context.python : undefined;
    const rows: Row[] = [];
    for (const size of [SMALL, LARGE]) {
      rows.push(...serverRows(size, await measureServers(size, context, flower)));
    }
    return [...rows, additionRow(context)];
  },
};
