import { readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { writeSecret } from '../node/secrets.ts';
import { command } from '../shared/text/command.ts';
import { UsageError } from './errors.ts';

const LOOK_AGAIN_MS = 500;

const schema = z.object({
  address: z.string(),
  /** Absent: plaintext. */
  fingerprint: z.string().optional(),
  token: z.string(),
  /** Rows are held by those who join: it is `tributary participate` that does. */
  participants: z.boolean().optional(),
});

/** What is needed to join, where both sides share a folder: workers in containers, or on a cluster's file system. */
export type JoinDetails = z.output<typeof schema>;

/** Writes the file for its owner only, all at once: whoever waits for it never sees half of it. */
export async function writeJoinFile(
  file: string,
  { address, fingerprint, token, participants }: JoinDetails,
): Promise<void> {
  const partial = `${file}.partial`;
  try {
    const details = { address, fingerprint, token, ...(participants && { participants }) };
    await writeSecret(partial, `${JSON.stringify(details, undefined, 2)}\n`);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/**
 * Reads the file; when it is not there yet, waits for it.
 *
 * @param waiting called once, if it has to wait
 * @throws UsageError when the file is not what a coordinator writes
 */
export async function readJoinFile(file: string, waiting: () => void): Promise<JoinDetails> {
  for (let looked = 0; ; looked++) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined) return parse(text, file);
    if (looked === 0) waiting();
    // Looked at again instead of watched: volumes shared between machines do not tell.
    await delay(LOOK_AGAIN_MS);
  }
}

function parse(text: string, file: string): JoinDetails {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      `${file} is no join file: give the one that ${command('coordinator', '--join-file')} writes.`,
      {
        cause,
      },
    );
  }
}
