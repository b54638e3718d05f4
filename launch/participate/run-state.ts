import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { lockFolder, type RunLock } from '../../coordinator/store/lock.ts';
import { writeAll, writeDurably } from '../../node/files/durable.ts';
import { FolderError, probeFolder } from '../../node/files/probe-folder.ts';
import { readSecret, writeSecret } from '../../node/secrets.ts';
import { canonicalJson } from '../../shared/data/canonical.ts';
import type { Welcome } from '../../shared/protocol/messages.ts';
import type { Asked } from '../../worker/participant/asked.ts';
import { type NewEntry, type RecordEntry, RecordFile, readRecord } from './record.ts';

const RUN = 'run.json';
const RESUME = 'resume-token';
const AGREEMENT = 'agreement.json';
const RECORD = 'record.jsonl';
const MODEL = 'model.onnx';

const runSchema = z.object({
  run: z.string(),
  name: z.string(),
  member: z.string(),
  coordinator: z.string(),
  since: z.iso.datetime(),
});

const agreementSchema = z.object({
  hash: z.string(),
  at: z.iso.datetime(),
  by: z.enum(['person', '--yes']),
  /** What was shown. */
  shown: z.string(),
});
const agreementsSchema = z.object({
  train: agreementSchema.optional(),
  survey: agreementSchema.optional(),
});

export type KnownRun = z.output<typeof runSchema>;
export type Agreement = z.output<typeof agreementSchema>;

/**
 * What a participant keeps of a run from one process to the next: who it is there, what it agreed to, what it did. A folder of its own
 * for each run, named by the join token's hash, as the run's name is a stranger's. One process at a time has it.
 */
export class RunState {
  private constructor(
    readonly folder: string,
    private readonly lock: RunLock,
    private readonly record: RecordFile,
    /** From earlier processes. */
    readonly entries: readonly RecordEntry[],
    readonly resumeToken: string | undefined,
    private known: KnownRun | undefined,
    private agreements: z.output<typeof agreementsSchema>,
  ) {}

  /**
   * @param folder of all runs
   * @param token of the run, from its join command
   * @throws FolderError when the folder takes no files; StoreError `locked` when another process has it
   */
  static async open(folder: string, token: string): Promise<RunState> {
    const own = join(folder, createHash('sha256').update(token).digest('hex').slice(0, 16));
    await probeFolder(own, {
      holds: 'Records of a participant',
      instead: '--state FOLDER, or XDG_DATA_HOME for all programs',
    });
    const lock = lockFolder(own, {
      doing: 'locking the participant’s state',
      held: (holder) =>
        `Another participant of this run keeps its state in ${own}${holder}. Stop it, or give each of them a --state of its own.`,
    });
    try {
      const { entries } = await readRecord(join(own, RECORD));
      const resume = join(own, RESUME);
      return new RunState(
        own,
        lock,
        new RecordFile(join(own, RECORD)),
        entries,
        existsSync(resume) ? await readSecret(resume) : undefined,
        await readJson(join(own, RUN), runSchema),
        (await readJson(join(own, AGREEMENT), agreementsSchema)) ?? {},
      );
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get run(): KnownRun | undefined {
    return this.known;
  }

  get modelFile(): string {
    return join(this.folder, MODEL);
  }

  get agreed(): boolean {
    return this.agreements.train !== undefined;
  }

  /** Who it is from now on, also in its next process. */
  async joined({ run, runName, member, resumeToken }: Welcome, coordinator: string): Promise<void> {
    const isNew = this.known?.member !== member;
    if (resumeToken) await writeSecret(join(this.folder, RESUME), resumeToken);
    this.known = {
      ...{ run, name: runName, member, coordinator },
      since: this.known?.since ?? new Date().toISOString(),
    };
    await this.write(RUN, this.known);
    if (isNew) this.add({ event: 'joined', member, coordinator });
  }

  /** Why this is not what was agreed to before; undefined where it is, or where nobody was asked yet. */
  objection(asked: Asked): string | undefined {
    const { run } = asked.welcome;
    if (this.known && this.known.run !== run) {
      return `its token is of the run ${this.known.run}, and this is another one: ${run}`;
    }
    const before = this.agreements[asked.kind];
    if (before && before.hash !== hashOf(asked)) {
      return `${WHAT[asked.kind]} not what was agreed to on ${day(before.at)}: it was changed afterwards`;
    }
    if (!before && asked.kind === 'survey' && this.agreements.train) {
      return 'it asks for sums of the data after the training was agreed to, and before there were none';
    }
    return undefined;
  }

  isAgreed(asked: Asked): boolean {
    return this.agreements[asked.kind]?.hash === hashOf(asked);
  }

  async agree(asked: Asked, by: Agreement['by'], shown: string): Promise<void> {
    const hash = hashOf(asked);
    const agreement: Agreement = { hash, at: new Date().toISOString(), by, shown };
    this.agreements = { ...this.agreements, [asked.kind]: agreement };
    await this.write(AGREEMENT, this.agreements);
    this.add({ event: 'agreed', asked: asked.kind, hash, by });
  }

  async keepModel(model: Uint8Array): Promise<void> {
    await writeDurably(this.modelFile, (file) => writeAll(file, model));
  }

  /** @throws Error when it cannot be written: what cannot be recorded must not leave */
  add(entry: NewEntry): void {
    const run = this.known?.run ?? '';
    this.record.add({ time: new Date().toISOString(), run, ...entry } as RecordEntry);
  }

  close(): void {
    this.record.close();
    this.lock.release();
  }

  private async write(name: string, content: unknown): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`);
    await writeDurably(join(this.folder, name), (file) => writeAll(file, bytes));
  }
}

const WHAT = {
  train: 'the model, the recipe or the form of the rows is',
  survey: 'the survey is',
} as const;

/** Of all that the coordinator decides: the same hash is the same model, recipe and columns. */
function hashOf({ kind, welcome: { run, blobs } }: Asked): string {
  return createHash('sha256').update(canonicalJson({ kind, run, blobs })).digest('hex');
}

function day(iso: string): string {
  return iso.slice(0, 10);
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new FolderError('unusable', `${file} is damaged. Look at it, and move it away to begin anew.`, {
      cause,
    });
  }
}

/** The runs that somebody took part in from here, by what is in the folder; the newest last. */
export async function knownRuns(
  folder: string,
): Promise<readonly (KnownRun & { readonly recordFile: string; readonly folder: string })[]> {
  if (!existsSync(folder)) return [];
  const found = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const own = join(folder, name);
      const known = await readJson(join(own, RUN), runSchema);
      return known && { ...known, folder: own, recordFile: join(own, RECORD) };
    }),
  );
  return found.flatMap((one) => (one ? [one] : [])).sort((a, b) => (a.since < b.since ? -1 : 1));
}
