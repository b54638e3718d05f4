import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, type Info, type Parser, parse } from 'csv-parse';
import { badCsv, CSV_OPTIONS, emptyFile, noText } from '../../shared/data/csv-rules.ts';
import { DataError } from '../../shared/data/data-error.ts';

/**
 * Reads a CSV file, gzipped or not, record by record in constant memory. Empty lines are skipped.
 *
 * @param onRecord called with the fields and the line (from 1) on which the record ends; what it throws ends the reading
 * @throws DataError when the file is missing, no CSV, or damaged
 */
export async function readCsv(
  file: string,
  delimiter: string,
  onRecord: (fields: readonly string[], line: number) => void,
): Promise<void> {
  const gzipped = await isGzip(file);
  let thrown: { readonly error: unknown } | undefined;
  const parser: Parser = parse({
    ...CSV_OPTIONS,
    delimiter,
    on_record: (fields: string[], info: Info) => {
      try {
        onRecord(fields, info.lines);
      } catch (error) {
        thrown = { error };
        throw error;
      }
      return null;
    },
  });
  // Nothing comes out of the parser, as `on_record` returns null; the flow has to be asked for all the same.
  parser.resume();
  try {
    const source = createReadStream(file, { highWaterMark: 256 * 1024 });
    if (gzipped) await pipeline(source, createGunzip(), withoutNul(file), parser);
    else await pipeline(source, withoutNul(file), parser);
  } catch (error) {
    throw thrown ? thrown.error : described(error, file);
  }
}

/**
 * Says what is wrong with a file that a job names, before it is read.
 *
 * @throws DataError when it is missing, a folder, empty, or not what its name says
 */
export async function readable(file: string): Promise<void> {
  await isGzip(file, 'Paths in a job file are relative to the job file.');
}

/** @param hint where there is no such file */
async function isGzip(file: string, hint?: string): Promise<boolean> {
  const magic = new Uint8Array(2);
  let length: number;
  try {
    const kind = await stat(file);
    // Opening a pipe would wait for somebody who writes to it.
    if (kind.isFIFO() || kind.isSocket()) throw pipe(file);
    await using handle = await open(file);
    length = (await handle.read(magic, 0, 2, 0)).bytesRead;
  } catch (error) {
    throw described(error, file, hint);
  }
  if (length === 0) throw emptyFile(file);
  if (magic[0] === 0x1f && magic[1] === 0x8b) return true;
  if (/\.gz$/i.test(file)) {
    throw new DataError('The name ends in .gz, but the file is not gzip.', {
      file,
      hint: 'Rename it to .csv if it is plain text, or fetch it again if the download went wrong.',
    });
  }
  return false;
}

function withoutNul(file: string): Transform {
  return new Transform({
    transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback) {
      if (chunk.includes(0)) done(noText(file));
      else done(null, chunk);
    },
  });
}

function pipe(file: string, cause?: { readonly cause: unknown }): DataError {
  const hint = 'Write what comes through it to a file first, and name that file.';
  return new DataError('A pipe can be read only once: save it as a file.', { file, hint }, cause);
}

function described(error: unknown, file: string, missing?: string): unknown {
  if (error instanceof DataError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const cause = { cause: error };
  if (code === 'ENOENT') {
    return new DataError('There is no such file.', { file, hint: missing }, cause);
  }
  if (code === 'EISDIR') {
    const hint = 'If it holds images, say so in the job: data.format: { type: images }.';
    return new DataError('This is a folder; a file is needed.', { file, hint }, cause);
  }
  // Of a terminal, which was not told from a file before.
  if (code === 'ESPIPE') return pipe(file, cause);
  if (code === 'EACCES' || code === 'EPERM') {
    return new DataError('The file may not be read.', { file, hint: 'Check its permissions.' }, cause);
  }
  if (code.startsWith('Z_')) {
    const hint = 'The file is damaged or incomplete: fetch it again.';
    return new DataError(`Unpacking failed: ${(error as Error).message}.`, { file, hint }, cause);
  }
  if (error instanceof CsvError) return badCsv(error, file);
  return error;
}
