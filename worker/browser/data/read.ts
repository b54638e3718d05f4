import { DataError } from '../../../shared/data/data-error.ts';
import { startWorker } from '../assets.ts';
import type { EncodedRows, FromReader, ToReader } from './messages.ts';

/**
 * Reads and checks a person's data in a worker of its own.
 *
 * @param assets URL of the library's folder
 * @throws DataError with line and column of what does not fit
 */
export function readOwn(request: ToReader, assets: string): Promise<EncodedRows> {
  const worker = startWorker('reader', assets);
  const answer = new Promise<EncodedRows>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<FromReader>) => {
      if (data.ok) resolve(data.rows);
      else reject(data.place ? new DataError(data.message, data.place) : new Error(data.message));
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(`the worker that reads data failed: ${event.message || 'its script did not load'}`));
    });
    worker.postMessage(request);
  });
  return answer.finally(() => worker.terminate());
}
