import type { Logger } from 'pino';
import { spelled, spelledBytes } from '../shared/onnx/inspect/plain.ts';
import type { MemberEvents } from '../worker/events.ts';
import type { Member } from '../worker/member.ts';
import { PRECISION_WORDS } from '../worker/trainer/precision.ts';
import { counted } from './ui/numbers.ts';

/** Lines that the fetching of frozen weights is told in, beside its beginning. */
const FETCHING_LINES = 10;

/** Writes what happens to a member to the log. */
export function logMember(member: Member, log: Logger): void {
  let away = false;
  member.on('engine', (info) =>
    log.info(info, `engine ${info.name} ${info.provider}, ${counted(info.threads, 'thread')}`),
  );
  member.on('joined', ({ runName, run, member: id }) => {
    away = false;
    log.info({ run, member: id }, `joined run ${run} (${runName}) as ${id}`);
  });
  logFetching(member, log);
  member.on('ready', (facts) => log.info(facts, readyText(facts)));
  member.on('started', (assignment) => log.debug(assignment, `assignment ${assignment.id}`));
  member.on('done', (done) => log.debug(done, `${done.id}: ${done.status}`));
  member.on('failed', (failure) => log.warn(failure, `assignment ${failure.id}: ${failure.message}`));
  member.on('forgot', (update) =>
    log.warn(
      { counted: update },
      `what was remembered of ${update}, the last update that counted, is not here: it begins anew`,
    ),
  );
  member.on('surveyed', () =>
    log.info('the survey is done: the run begins, and this participant comes back for it'),
  );
  member.on('disconnected', (reason, retryInMs) => {
    // Once: it goes on trying, and would say the same every few seconds.
    if (!away) log.warn(`no connection: ${reason}; trying again (first in ${Math.ceil(retryInMs / 1000)} s)`);
    away = true;
  });
}

/** Gigabytes take minutes over many networks. */
function logFetching(member: Member, log: Logger): void {
  let told = -1;
  member.on('fetching', ({ bytes, of }) => {
    const line = Math.floor((bytes / of) * FETCHING_LINES);
    // A model that comes after another begins anew.
    if (line === told && bytes > 0) return;
    told = line;
    log.info({ bytes, of }, `frozen weights: ${spelledBytes(bytes)} of ${spelledBytes(of)} are here`);
  });
}

/** A participant reads the same number as where it was asked. */
export function readyText({ floats, trainable, rows, precision }: MemberEvents['ready'][0]): string {
  const what =
    trainable === undefined ? `${floats} weights` : `${spelled(trainable)} numbers that are trained`;
  const computed = precision ? `; ${PRECISION_WORDS[precision]}` : '';
  return `ready: ${what}, ${spelled(rows)} rows${computed}`;
}
