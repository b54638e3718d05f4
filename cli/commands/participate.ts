import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Logger } from 'pino';
import { type Ending, Participation } from '../../launch/participate/participation.ts';
import { hasAnsweredSurvey } from '../../launch/participate/record.ts';
import { RunState } from '../../launch/participate/run-state.ts';
import { threadsFor } from '../../launch/threads.ts';
import { collectLessOften } from '../../node/heap.ts';
import { createLog } from '../../node/log.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { DEFAULT_INSPECTION_LIMITS } from '../../shared/onnx/inspect/limits.ts';
import { spelledBytes } from '../../shared/onnx/inspect/plain.ts';
import type { Work } from '../../shared/protocol/assignment.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import type { Member } from '../../worker/member.ts';
import { ParticipationRefused } from '../../worker/participant/asked.ts';
import { Hours } from '../../worker/participant/hours.ts';
import type { LimitOptions } from '../../worker/participant/limits.ts';
import { askConsent, isAttended } from '../consent.ts';
import { exitCodeHere, showError } from '../errors.ts';
import { EXIT, type ExitCode, exitCodeOfSignal } from '../exit-codes.ts';
import {
  dialer,
  type JoiningOptions,
  joinDetails,
  joiningOptions,
  onLeave,
  refusalText,
} from '../joining.ts';
import { logMember } from '../member-log.ts';
import { byteSize, stateFolder, wholeNumber } from '../options.ts';
import { ownData } from '../own-data.ts';
import { bytes, count, duration } from '../ui/numbers.ts';

interface ParticipateOptions extends JoiningOptions {
  readonly data?: string;
  readonly query?: string;
  readonly delimiter?: string;
  readonly yes?: boolean;
  readonly maxRounds?: number;
  readonly maxUpload?: number;
  readonly maxModel?: number;
  readonly hours?: Hours;
  readonly state: string;
}

export function register(program: Command): void {
  const command = program
    .command('participate')
    .summary('take part in a run with rows of your own, which stay here')
    .description(
      'Joins a run with data of your own. Shows first what is asked, and what would leave this machine; trains then, and sends updates, never rows. What leaves is recorded before it leaves. Ctrl-C hands back and leaves; the same command comes back as the same participant.',
    )
    .option(
      '--data <source>',
      'CSV file, folder of CSV files or of images, DuckDB database or postgres://USER@HOST/DATABASE',
    )
    .option(
      '--query <select>',
      "the rows are what this query reads; without --data it reads files: FROM 'my.parquet'",
    )
    .option(
      '--delimiter <character>',
      "what separates the columns (default: as the run's job says)",
      delimiter,
    );
  joiningOptions(command, 'participant')
    .option('--yes', 'agree without being asked: for one who has seen what is asked')
    .option('--max-rounds <n>', 'leave after training in so many rounds', wholeNumber(1))
    .option(
      '--max-upload <size>',
      'leave before all updates of this run are more than this, such as 200MB',
      byteSize,
    )
    .option(
      '--max-model <size>',
      `take no model of more than this with all its weights, such as 5GB (default: ${spelledBytes(DEFAULT_INSPECTION_LIMITS.bytes)})`,
      byteSize,
    )
    .option('--hours <from-to>', 'work only in these hours of the day, such as 20-6', hours)
    .option('--state <folder>', 'where agreements and records are kept', stateFolder())
    .addHelpText('after', `\n${EXAMPLES}\n`)
    .action(participate);
}

const EXAMPLES = `Examples:
  TRIBUTARY_TOKEN=… ${PROGRAM} participate --join 192.0.2.7:7300 --fingerprint 3f9a… --data my.csv
    shows what is asked, asks for consent, takes part
  ${PROGRAM} participate --join-file join.json --data tables/ --hours 20-6 --max-upload 200MB
    all tables of a folder, at night, 200 MB at most
  ${PROGRAM} participate … --data clinic.duckdb --query 'SELECT age, dose, outcome FROM visits'
  ${PROGRAM} participate … --query "SELECT * FROM 'visits.parquet'"
  PGPASSWORD=… ${PROGRAM} participate … --data postgres://reader@db/clinic --query 'SELECT …'
    what a query reads; nothing is written

What was sent so far: ${command('record')}`;

async function participate(options: ParticipateOptions): Promise<void> {
  collectLessOften('member');
  const log = createLog({ format: options.log, plain: true });
  const own = ownData(options);
  const details = await joinDetails(options, (file) =>
    log.info(`waiting for ${file}, which the coordinator writes`),
  );
  const { address, fingerprint, token } = details;
  const limits: LimitOptions = {
    maxRounds: options.maxRounds,
    maxUpload: options.maxUpload,
    maxModel: options.maxModel,
    hours: options.hours,
  };
  const state = await RunState.open(options.state, token);
  const place = {
    address,
    fingerprint,
    name: options.name,
    data: own.name,
    limits,
    modelFile: state.modelFile,
  };
  const participation = new Participation({
    member: {
      dial: dialer(details, options),
      token,
      name: options.name,
      engine: options.engine,
      threads: options.threads ?? threadsFor(1),
      cache: options.cache,
      own: own.rows,
      states: join(state.folder, 'memory'),
    },
    state,
    limits,
    coordinator: address,
    attended: !options.yes && isAttended(),
    ask: (asked, over) => {
      // Where lines are JSON for a program, so is what is shown; a person at a terminal reads it as it is.
      const isJson = options.log === 'json' && (options.yes === true || !isAttended());
      const show = isJson ? (text: string) => log.info(text.trim()) : undefined;
      return askConsent(asked, place, options.yes === true, over, show);
    },
  });
  let began = false;
  let hasAnswered = false;
  participation.on('member', (member) => {
    for (const event of ['ready', 'sending'] as const)
      member.on(event, () => {
        began = true;
      });
    logMember(member, log);
    logUpdates(member, log);
    member.on('done', ({ work, status }) => {
      if (work.kind === 'survey' && status === 'received') hasAnswered = true;
    });
    member.on('joined', ({ run, blobs }) => {
      if ('survey' in blobs && (hasAnswered || hasAnsweredSurvey(state.entries, run)))
        log.info('the survey is already answered from here: waiting until enough others have answered');
    });
  });
  participation.on('pauses', (reason, until) =>
    log.info(`${reason}: it comes back at ${until.toLocaleString('sv-SE')}`),
  );
  let interrupted: NodeJS.Signals | undefined;
  onLeave((signal) => {
    interrupted = signal;
    participation.leave();
  });
  participation.start();
  const ending = await participation.done;
  const isBefore = ending.kind === 'left' && interrupted !== undefined && !began;
  if (isBefore) log.info('interrupted before it took part: nothing was sent');
  process.exitCode = isBefore ? exitCodeOfSignal(interrupted!) : conclude(ending, log);
  if (process.connected) process.disconnect();
}

/** A line for each thing that left. */
function logUpdates(member: Member, log: Logger): void {
  const sent = new Map<string, string>();
  member.on('sending', ({ id, round, work, examples, bytes: size, sums }) => {
    const numbers = size > 0 ? bytes(size) : `${sums.length} sums`;
    sent.set(id, `${placeOf(work, round)} ${count(examples)} rows, sent ${numbers}`);
  });
  member.on('done', ({ id, status, computeMs }) => {
    const what = sent.get(id);
    sent.delete(id);
    if (what) log.info(`${what} (${status}), computed ${duration(computeMs / 1000)}`);
  });
}

/** @param round from 0; an evaluation is of the weights that the rounds before it gave */
function placeOf({ kind }: Work, round: number): string {
  if (kind === 'own') return `round ${round + 1}: trained on`;
  return kind === 'survey' ? 'survey: summed up' : `after round ${round}: evaluated on`;
}

const END: Readonly<Record<Exclude<Ending['kind'], 'refused'>, (message: string) => string>> = {
  finished: (message) => message,
  left: (message) => message,
  stopped: (message) =>
    `the run was stopped (${message}): when it goes on, the same command comes back as the same participant`,
  limit: (message) => `${message}: it has left; the same command with other limits comes back`,
};

function conclude(ending: Ending, log: Logger): ExitCode {
  if (ending.kind !== 'refused') {
    log.info(END[ending.kind](ending.message));
    return EXIT.ok;
  }
  const { refusal, cause } = ending;
  if (cause === undefined) {
    if (refusal.code === 'finished') {
      log.info(refusal.message);
      return EXIT.ok;
    }
    log.error({ code: refusal.code }, refusalText(refusal, 'participant'));
    return EXIT.refused;
  }
  if (cause instanceof DataError) {
    const { code, text } = showError(cause, false);
    process.stderr.write(`${text}\n`);
    return code as ExitCode;
  }
  if (cause instanceof ParticipationRefused && cause.by === 'person') {
    // A no is an answer, and no fault.
    log.info(`${cause.message}: this participant takes no part, and nothing more is sent`);
    return EXIT.declined;
  }
  log.error(refusal.message);
  const here = exitCodeHere(cause);
  if (here !== undefined) return here as ExitCode;
  if (!(cause instanceof ParticipationRefused)) return EXIT.offer;
  return { person: EXIT.declined, inspection: EXIT.inspection, check: EXIT.offer }[cause.by];
}

function hours(text: string): Hours {
  try {
    return Hours.parse(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function delimiter(text: string): string {
  const character = text === '\\t' || text === 'tab' ? '\t' : text;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new InvalidArgumentError(`'${text}' is no delimiter: one character, or tab.`);
}
