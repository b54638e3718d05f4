/**
 * A closed set of what can go wrong with a run's store:
 * `disk-full`: nothing of the failed operation is left; free space and go on.
 * `io`: any other failure of files or database.
 * `locked`: another coordinator has the run open.
 * `exists`: there is a run in the folder. `not-found`: there is none.
 * `schema`: the store was written by a newer version.
 * `invalid`: the caller's fault, as booking one update twice.
 */
export type StoreErrorCode = 'disk-full' | 'io' | 'locked' | 'exists' | 'not-found' | 'schema' | 'invalid';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** The one place where errors of files and SQLite become ours. */
export function toStoreError(error: unknown, doing: string, folder?: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message, path } = error as { code?: unknown; message?: unknown; path?: unknown };
  if (typeof code === 'string' && FULL.has(code)) {
    const where = typeof path === 'string' ? path : folder;
    return new StoreError(
      'disk-full',
      `No space left on the disk while ${doing}${where === undefined ? '' : ` in ${where}`}. What was committed before is intact: free some space, or keep fewer checkpoints, then resume the run.`,
      { cause: error },
    );
  }
  if (typeof code === 'string' && code.startsWith('SQLITE_BUSY')) {
    return new StoreError('locked', `The run's database is in use by another process while ${doing}.`, {
      cause: error,
    });
  }
  if (typeof code === 'string' && code.startsWith('SQLITE_CONSTRAINT')) {
    return new StoreError('invalid', `Refused while ${doing}: ${String(message)}`, { cause: error });
  }
  return new StoreError('io', `Failed while ${doing}: ${String(message)}`, { cause: error });
}

/** Runs synchronous work, its errors as StoreError. @param folder that is written to: SQLite's errors name none */
export function guarded<T>(doing: string, work: () => T, folder?: string): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error, doing, folder);
  }
}
