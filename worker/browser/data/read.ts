import { DataError } from '../../../shared/data/data-error.ts';
import { startWorker } from '../assets.ts';
import type { Answers, FromReader, ToReader } from './messages.ts';

/**
 * Reads and checks a person's data in a worker of its own.
 *
 * @param assets URL of the library's folder
 * @throws DataError with line and column of what does not fit
 */
export function readOwn<Request extends ToReader>(
  request: Request,
  assets: string,
): Promise<Answers[Request['type']]> {
  const worker = startWorker('reader', assets);
  const answer = new Promise<unknown>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<FromReader>) => {
      if (data.ok) resolve(data.value);
      else reject(data.place ? new DataError(data.message, data.place) : new Error(data.message));
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(`the worker that reads data failed: ${event.message || 'its script did not load'}`));
    });
    worker.postMessage(request);
  });
  return answer.finally(() => worker.terminate()) as Promise<Answers[Request['type']]>;
}
