import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const time = z.iso.datetime();
const text = z.string();
const count = z.number().nonnegative();

const entry = z.discriminatedUnion('event', [
  z.object({ time, event: z.literal('joined'), run: text, member: text, coordinator: text }),
  z.object({
    ...{ time, event: z.literal('agreed'), run: text },
    asked: z.enum(['train', 'survey']),
    /** Hash of what was asked. */
    hash: text,
    by: z.enum(['person', '--yes']),
  }),
  /** Nothing was sent for it. */
  z.object({ time, event: z.literal('refused'), run: text, by: text, reason: text }),
  /** Written before it leaves. */
  z.object({
    ...{ time, event: z.literal('sent'), run: text, round: count, assignment: text },
    work: text,
    /** Rows that it was computed from. */
    examples: count,
    sums: z.array(text),
    sections: z.array(z.object({ name: text, codec: text, bytes: count })),
    bytes: count,
    sha256: text,
  }),
  z.object({ time, event: z.literal('answered'), run: text, assignment: text, status: text }),
  z.object({ time, event: z.literal('failed'), run: text, assignment: text, message: text }),
  z.object({ time, event: z.literal('left'), run: text, reason: text }),
]);

/** A line of a participant's own record. */
export type RecordEntry = z.output<typeof entry>;

/** The same before it is written. */
export type NewEntry = Without<RecordEntry, 'time' | 'run'>;

/** Of each alternative by itself. */
type Without<Union, Keys extends PropertyKey> = Union extends unknown ? Omit<Union, Keys> : never;

/** The record of a run, opened to be added to. Each line is on the disk before the call returns. */
export class RecordFile {
  private readonly descriptor: number;

  constructor(file: string) {
    this.descriptor = openSync(file, 'a+', 0o600);
    // A crash may have cut off the last line: the next one is not to be lost with it.
    if (!endsWithLine(this.descriptor)) writeSync(this.descriptor, '\n');
  }

  /** @throws Error when the disk is full */
  add(line: RecordEntry): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.descriptor, bytes, written, bytes.length - written);
    fsyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function endsWithLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  const last = new Uint8Array(1);
  return size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 10);
}

/**
 * What is in a record; a line that a crash cut off counts among the unreadable ones.
 *
 * @throws Error when the file cannot be read
 */
export async function readRecord(
  file: string,
): Promise<{ readonly entries: readonly RecordEntry[]; readonly unreadable: number }> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const entries: RecordEntry[] = [];
  let unreadable = 0;
  for (const line of content.split('\n')) {
    if (line === '') continue;
    const parsed = entry.safeParse(jsonOf(line));
    if (parsed.success) entries.push(parsed.data);
    else unreadable++;
  }
  return { entries, unreadable };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Whether this participant's answer to the run's survey has arrived and counts. */
export function hasAnsweredSurvey(entries: readonly RecordEntry[], run: string): boolean {
  const answers = new Set(
    entries.flatMap((one) =>
      one.event === 'sent' && one.run === run && one.work === 'survey' ? [one.assignment] : [],
    ),
  );
  return entries.some(
    (one) =>
      one.event === 'answered' && one.run === run && answers.has(one.assignment) && one.status === 'received',
  );
}

/** What the record says is spent of a participant's limits. */
export function spentBy(entries: readonly RecordEntry[]): {
  readonly rounds: number;
  readonly bytes: number;
} {
  const sent = entries.filter((one) => one.event === 'sent');
  return {
    rounds: sent.filter(({ work }) => work === 'own').length,
    bytes: sent.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
