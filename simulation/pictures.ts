import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenRun } from '../coordinator/run/open.ts';
import { writingTo } from '../node/files/full-disk.ts';
import type { PartitionJob } from '../shared/data/partition/registry.ts';
import type { MembersTable } from './members-table.ts';
import type { Progress } from './progress.ts';
import { partitionPage } from './report/partition-page.ts';
import { runPage } from './report/run-page.ts';
import type { SimulationTotals } from './simulation-events.ts';

/** The pictures of a simulated run, in its folder: of the partition before it, of the run after it. */
export class Pictures {
  private constructor(
    private readonly run: OpenRun,
    private readonly table: MembersTable,
    /** Path of the picture of the partition. */
    readonly partition: string,
  ) {}

  static async begin(run: OpenRun, table: MembersTable): Promise<Pictures> {
    const { job } = run.description;
    const file = join(run.store.directory, 'partition.html');
    const { classes } = table.data;
    const page = partitionPage({
      title: `${job.name}: the partition`,
      how: `${described(job.simulation!.partition)}, seed ${job.seed}`,
      partition: table.partition,
      ...(classes && { classes }),
    });
    await writingTo(run.store.directory, () => writeFile(file, page));
    return new Pictures(run, table, file);
  }

  /** @returns path of the picture of the run */
  async end(progress: Progress, totals: SimulationTotals): Promise<string> {
    const { run, table } = this;
    const { job } = run.description;
    const file = join(run.store.directory, 'run.html');
    const asked = job.members.selection?.participants;
    const each = asked === undefined ? 'all in each round' : `${asked} in each round`;
    const { profile, partition } = job.simulation!;
    const { perClient, classes } = progress;
    const page = runPage({
      title: `${job.name}: the run`,
      how: `${job.strategy.kind}, ${table.partition.clients.length} clients, ${each}; ${described(partition)}; profile ${profile.kind}`,
      rounds: progress.rounds,
      totals,
      classes,
      ...(perClient && { perClient }),
    });
    await writingTo(run.store.directory, () => writeFile(file, page));
    return file;
  }
}

/** `dirichlet, alpha 0.3`. */
function described({ kind, options }: PartitionJob): string {
  const words = Object.entries(options as Readonly<Record<string, unknown>>).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${String(value)}`],
  );
  return [kind, ...words].join(', ');
}
