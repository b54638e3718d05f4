import { DataError } from '../../../shared/data/data-error.ts';
import { forParticipant } from '../../../shared/data/for-participant.ts';
import { workerScope } from '../assets.ts';
import { encodeOwn, surveyOwn } from './encode.ts';
import type { FromReader, ToReader } from './messages.ts';

/** Reads a person's data in a worker, so that a large table does not stop the page. */
workerScope.onmessage = async ({ data }) => {
  let answer: FromReader;
  try {
    const request = data as ToReader;
    const value = request.type === 'encode' ? await encodeOwn(request) : await surveyOwn(request);
    answer = { ok: true, value };
  } catch (fault) {
    const request = data as ToReader;
    const error = forParticipant(
      fault,
      request.type === 'encode' ? request.recipe.data : request.request.data,
    );
    const { message } = error as Error;
    answer = { ok: false, message, ...(error instanceof DataError && { place: placeOf(error) }) };
  }
  workerScope.postMessage(answer);
};

function placeOf({ file, line, column, hint }: DataError): Extract<FromReader, { ok: false }>['place'] {
  return {
    file,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(hint !== undefined && { hint }),
  };
}
