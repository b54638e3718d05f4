import { CsvError, type Info, parse } from 'csv-parse/browser/esm';
import { badCsv, CSV_OPTIONS, emptyFile, noText } from '../../../shared/data/csv-rules.ts';

/**
 * Reads a CSV file that a person chose, gzipped or not, record by record. Empty lines are skipped.
 *
 * @param onRecord called with the fields and the line (from 1) on which the record ends; what it throws ends the reading
 * @throws DataError when the file is empty, no CSV, or damaged
 */
export async function readCsvFile(
  file: Blob,
  name: string,
  delimiter: string,
  onRecord: (fields: readonly string[], line: number) => void,
): Promise<void> {
  if (file.size === 0) throw emptyFile(name);
  const failures: unknown[] = [];
  const parser = parse({
    ...CSV_OPTIONS,
    delimiter,
    on_record: (fields: string[], info: Info) => {
      // The parser wraps what is thrown here, and would go on with the rest of its buffer.
      if (failures.length > 0) return null;
      try {
        onRecord(fields, info.lines);
      } catch (error) {
        failures.push(error);
      }
      return null;
    },
  });
  parser.on('error', (error) => failures.push(error instanceof CsvError ? badCsv(error, name) : error));
  // Nothing comes out of the parser, as `on_record` returns null; the flow has to be asked for all the same.
  parser.resume();
  // After an error it says neither that it has ended nor that it is closed.
  const over = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) parser.once(event, () => resolve());
  });
  const text = new TextDecoder();
  const reader = (await unpacked(file)).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: Error) => {
      throw badCsv(new Error(`unpacking failed: ${cause.message}`), name);
    });
    if (failures.length > 0) {
      await reader.cancel();
      throw failures[0];
    }
    if (done) break;
    if (value.includes(0)) throw noText(name);
    // The parser's build for browsers knows Node's buffers only, or text.
    parser.write(text.decode(value, { stream: true }));
  }
  parser.end(text.decode());
  await over;
  if (failures.length > 0) throw failures[0];
}

async function unpacked(file: Blob): Promise<ReadableStream<Uint8Array>> {
  const magic = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  return isGzip ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
}
