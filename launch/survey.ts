import type { Outcome } from '../coordinator/events.ts';
import { MemberIdentities } from '../coordinator/run/identity.ts';
import { type OpenSurvey, openSurvey, type WantedSurvey } from '../coordinator/run/open-survey.ts';
import { Doors, type ListenOptions } from '../coordinator/serve.ts';
import { StoreError } from '../coordinator/store/store-error.ts';
import type { SurveyStore } from '../coordinator/store/survey-store.ts';
import { Survey } from '../coordinator/survey/survey.ts';
import type { Declared } from '../shared/data/declared.ts';
import { declaredFrom } from '../shared/data/declared-from.ts';
import type { Job } from '../shared/job/job.ts';
import { whyStopped } from './why-stopped.ts';

export interface SurveyFacts {
  readonly run: string;
  /** The run's folder. */
  readonly directory: string;
  readonly job: string;
  readonly address: string;
  readonly websocket: string | undefined;
  readonly fingerprint: string | undefined;
  readonly token: string;
  /** Participants whose sums are waited for. */
  readonly wanted: number;
  /** Participants whose sums are here already, from an earlier life of the coordinator. */
  readonly answered: number;
}

/** How a survey ended. */
export type Surveyed =
  | {
      readonly kind: 'done';
      /** Path of the job file. */
      readonly file: string;
      readonly declared: Declared;
      readonly token: string;
      readonly doors: Doors;
      readonly store: SurveyStore;
      /** The run is open: participants are sent away, and come back to it. */
      begin(): void;
      /** Of the sums no run could be made: participants hear why, and all is closed. */
      fail(error: unknown): Promise<void>;
    }
  /** Before all had answered; it can be gone on with. */
  | { readonly kind: 'stopped'; readonly outcome: Outcome };

/** Participants are told of the end; one that is slow or gone is not waited for longer. */
const LAST_WORD_MS = 2_000;

/**
 * Asks the participants of a run for what its job does not declare. The doors stay open: who comes back waits there for the coordinator.
 *
 * @returns undefined for a run whose job declares everything, or whose survey is done
 * @throws JobError, JobChangedError, StoreError, ChannelError
 */
export async function surveyParticipants(
  options: WantedSurvey & {
    readonly listen: ListenOptions;
    readonly adjust: (job: Job) => Job;
    /** Aborted with the reason when it is to end. */
    readonly stop?: AbortSignal | undefined;
  },
  tell: {
    surveying(facts: SurveyFacts): void;
    answered(answers: number, wanted: number): void;
  },
): Promise<Surveyed | undefined> {
  const opened = await openSurvey(options, options.adjust);
  if (!opened) return undefined;
  const { store, token, file, job } = opened;
  const doors = await Doors.open(store.directory, options.listen).catch(async (error: unknown) => {
    await opened.abandon();
    throw error;
  });
  let survey: Survey | undefined;
  const stop = (): void => survey?.stop(whyStopped(options.stop!).message);
  try {
    survey = surveyOf(opened, tell.answered);
    const asks = survey;
    doors.leadTo((channel) => asks.accept(channel));
    options.stop?.addEventListener('abort', stop);
    tell.surveying(factsOf(opened, doors));
    if (options.stop?.aborted) stop();
    const sums = await survey.done;
    if (sums === undefined)
      return { kind: 'stopped', outcome: await ended(opened, survey, doors, options.stop!) };
    const declared = declaredFrom(sums, job.data);
    doors.leadTo(undefined);
    const fail = (error: unknown): Promise<void> => failed(error, store, asks, doors);
    return { kind: 'done', file, token, doors, store, declared, begin: () => asks.begin(), fail };
  } catch (error) {
    await failed(error, store, survey, doors);
    throw error;
  } finally {
    options.stop?.removeEventListener('abort', stop);
  }
}

function surveyOf(
  { store, token, job }: OpenSurvey,
  answered: (answers: number, wanted: number) => void,
): Survey {
  const wanted = job.members.minimum;
  const survey = new Survey({
    ...{ store, token, wanted },
    identities: new MemberIdentities(token, store.run.incarnation),
    request: { data: job.data, seed: job.seed },
  });
  survey.on('answered', (_, answers) => answered(answers, wanted));
  return survey;
}

function factsOf({ store, token, job }: OpenSurvey, doors: Doors): SurveyFacts {
  const { grpc, websocket, fingerprint } = doors.addresses;
  return {
    ...{ run: store.run.id, directory: store.directory, job: job.name, address: grpc },
    ...{ websocket, fingerprint, token },
    wanted: job.members.minimum,
    answered: store.answers().size,
  };
}

/** What is wrong with the store may be mended, and participants try again; what is wrong with the sums stays wrong. */
async function failed(
  error: unknown,
  store: SurveyStore,
  survey: Survey | undefined,
  doors: Doors,
): Promise<void> {
  if (survey) {
    if (error instanceof StoreError) survey.fail(error);
    else {
      survey.end(`the survey ended without a run: ${error instanceof Error ? error.message : error}`);
      // Who came when all had answered waits there.
      doors.leadTo((channel) => survey.accept(channel));
    }
    await survey.participantsGone(LAST_WORD_MS);
  }
  await doors.close();
  store.close();
}

async function ended(
  { store }: OpenSurvey,
  survey: Survey,
  doors: Doors,
  stop: AbortSignal,
): Promise<Outcome> {
  const { message } = whyStopped(stop);
  store.stop(message);
  await survey.participantsGone(LAST_WORD_MS);
  await doors.close();
  store.close();
  return { reason: 'stopped', message };
}
