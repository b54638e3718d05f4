import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberIdentities, newRunId, newToken } from '../coordinator/run/identity.ts';
import { TOKEN } from '../coordinator/run/open.ts';
import { Doors, type ListenOptions } from '../coordinator/serve.ts';
import { Survey } from '../coordinator/survey/survey.ts';
import { readSecret, writeSecret } from '../node/secrets.ts';
import type { Declared } from '../shared/data/declared.ts';
import { declaredFrom, needsSurvey } from '../shared/data/survey.ts';
import type { Job } from '../shared/job/job.ts';
import { parseJob } from '../shared/job/parse.ts';

export interface SurveyFacts {
  readonly run: string;
  readonly job: string;
  readonly address: string;
  readonly websocket: string | undefined;
  readonly fingerprint: string | undefined;
  readonly token: string;
  /** Participants whose sums are waited for. */
  readonly wanted: number;
}

export interface Surveyed {
  readonly id: string;
  readonly declared: Declared;
  readonly token: string;
  readonly doors: Doors;
  /** Participants and rows that the sums are of. */
  readonly rows: number;
}

/**
 * Asks the participants of a new run for what its job does not declare. The doors stay open: who comes back waits there for the
 * coordinator.
 *
 * @returns undefined for a job that declares everything
 */
export async function surveyParticipants(
  jobFile: string,
  options: {
    readonly run?: string | undefined;
    readonly runs: string;
    readonly listen: ListenOptions;
    readonly adjust: (job: Job) => Job;
  },
  tell: {
    surveying(facts: SurveyFacts): void;
    answered(answers: number, wanted: number): void;
  },
): Promise<Surveyed | undefined> {
  const job = options.adjust(parseJob(await readFile(jobFile, 'utf8'), jobFile));
  if (!needsSurvey(job.data)) return undefined;
  const id = options.run ?? newRunId(job.name, new Date());
  const directory = join(options.runs, id);
  await mkdir(directory, { recursive: true });
  const token = await tokenOf(directory);
  const doors = await Doors.open(directory, options.listen);
  try {
    const wanted = job.members.minimum;
    const survey = new Survey({
      ...{ run: id, runName: job.name, token, wanted },
      identities: new MemberIdentities(token, 0),
      request: { data: job.data, seed: job.seed },
    });
    survey.on('answered', (_, answers) => tell.answered(answers, wanted));
    doors.leadTo((channel) => survey.accept(channel));
    const { grpc, websocket, fingerprint } = doors.addresses;
    tell.surveying({ run: id, job: job.name, address: grpc, websocket, fingerprint, token, wanted });
    const sums = await survey.done;
    doors.leadTo(undefined);
    return { id, token, doors, declared: declaredFrom(sums, job.data), rows: sums['rows'] ?? 0 };
  } catch (error) {
    await doors.close();
    throw error;
  }
}

/** A coordinator that died while it asked goes on with the same token. */
async function tokenOf(directory: string): Promise<string> {
  const file = join(directory, TOKEN);
  if (existsSync(file)) return readSecret(file);
  const token = newToken();
  await writeSecret(file, token);
  return token;
}
