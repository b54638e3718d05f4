/** Why a run is to end now: somebody asked for that, or what it needs is not there. Then the signal's reason is an Error. */
export interface WhyStopped {
  readonly reason: 'stopped' | 'failed';
  readonly message: string;
}

export function whyStopped({ reason }: AbortSignal): WhyStopped {
  return reason instanceof Error
    ? { reason: 'failed', message: reason.message }
    : { reason: 'stopped', message: String(reason) };
}

/** What a parent process says to its coordinator when the run cannot go on; without it, a signal asks it to stop. */
export interface RunImpossible {
  readonly impossible: string;
}

export function isRunImpossible(message: unknown): message is RunImpossible {
  const { impossible } = (message ?? {}) as Partial<RunImpossible>;
  return typeof impossible === 'string';
}
