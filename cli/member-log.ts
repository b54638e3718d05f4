import type { Logger } from 'pino';
import type { Member } from '../worker/member.ts';

/** Writes what happens to a member to the log. */
export function logMember(member: Member, log: Logger): void {
  let away = false;
  member.on('engine', (info) =>
    log.info(info, `engine ${info.name} ${info.provider}, ${info.threads} threads`),
  );
  member.on('joined', ({ runName, run, member: id }) => {
    away = false;
    log.info({ run, member: id }, `joined run ${run} (${runName}) as ${id}`);
  });
  member.on('ready', (facts) => log.info(facts, `ready: ${facts.floats} weights, ${facts.rows} rows`));
  member.on('started', (assignment) => log.debug(assignment, `assignment ${assignment.id}`));
  member.on('done', (done) => log.debug(done, `${done.id}: ${done.status}`));
  member.on('failed', (failure) => log.warn(failure, `assignment ${failure.id}: ${failure.message}`));
  member.on('forgot', (counted) =>
    log.warn(
      { counted },
      `what was remembered of ${counted}, the last update that counted, is not here: it begins anew`,
    ),
  );
  member.on('surveyed', () => log.info('the survey is done: the run begins, and it comes back for that'));
  member.on('disconnected', (reason, retryInMs) => {
    // Once: it goes on trying, and would say the same every few seconds.
    if (!away) log.warn(`no connection: ${reason}; trying again (first in ${Math.ceil(retryInMs / 1000)} s)`);
    away = true;
  });
}
