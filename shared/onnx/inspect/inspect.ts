import { Sha256 } from '../../sha256.ts';
import { type ByteSource, inMemory, piecesOf } from '../byte-source.ts';
import { ModelError, OnnxFormatError } from '../errors.ts';
import { expansionOf } from '../expand/registry.ts';
import type { ModelFile } from '../external-data.ts';
import { importModel } from '../import.ts';
import type { Model } from '../model.ts';
import { figuresOf } from './figures.ts';
import type { Inspection, InspectOptions, Refusal, Steps } from './inspection.ts';
import { DEFAULT_INSPECTION_LIMITS, type InspectionLimits } from './limits.ts';
import { plain, spelled } from './plain.ts';
import { RefusedModelError } from './refused.ts';
import { scanModel } from './scan.ts';
import { guardSizes } from './sizes.ts';

/**
 * What a participant looks at before it consents: whether a model that a stranger sent may be trained, and what it is.
 * Nothing of it is run. First the bytes are walked without being decoded, so that what would be large is refused before it
 * is; then the graph is written out and its sizes are followed.
 *
 * @param file bytes, or where they lie; with `external` only what the user's own files hold
 * @param limits those that differ from DEFAULT_INSPECTION_LIMITS
 * @returns a refusal for whatever the bytes are: it throws nothing
 */
export function inspectModel(
  file: Uint8Array | ModelFile,
  limits: Partial<InspectionLimits> = {},
  options: InspectOptions = {},
): Inspection | Refusal {
  const source = file instanceof Uint8Array ? inMemory(file) : file.source;
  const bytes = source.length + (options.besides ?? 0);
  const long = tooLong(bytes, limits);
  if (long) return long;
  const bound = { ...DEFAULT_INSPECTION_LIMITS, ...limits };
  const sha256 = options.sha256 ?? hashOf(source);
  const steps: Steps = { done: 0 };
  try {
    const scanned = scanModel(file, bound, steps);
    const model = writtenOut(file, bound, steps);
    return figuresOf(model, { scanned, bytes, sha256, limits: bound, options, steps });
  } catch (error) {
    return { verdict: 'refused', sha256, bytes, ...reasonOf(error), steps: steps.done };
  }
}

/** The refusal of a file by its length alone, before it is read or fetched; undefined where it may be. */
export function tooLong(bytes: number, limits: Partial<InspectionLimits> = {}): Refusal | undefined {
  const value = limits.bytes ?? DEFAULT_INSPECTION_LIMITS.bytes;
  if (bytes <= value) return undefined;
  const reason = `the model has ${spelled(bytes)} bytes; allowed are ${spelled(value)} (limit 'bytes')`;
  return {
    verdict: 'refused',
    bytes,
    code: 'limit',
    reason,
    limit: { name: 'bytes', value, found: bytes },
    steps: 0,
  };
}

function hashOf(source: ByteSource): string {
  const hash = new Sha256();
  for (const piece of piecesOf([source])) hash.update(piece);
  return hash.hex();
}

/** The graph without functions and control flow, checked; what grows too large on the way is refused. */
function writtenOut(file: Uint8Array | ModelFile, limits: InspectionLimits, steps: Steps): Model {
  const guard = guardSizes(limits);
  return importModel(file, {
    limits: { objects: limits.parts },
    mostNodes: limits.nodes,
    guard: (node, types) => {
      steps.done += 1;
      guard(node, types);
    },
    rowOf: (op, domain) => {
      const row = expansionOf(op, domain);
      if (row === undefined || !CONTROL_FLOW.has(op)) return row;
      return { ...row, expand: (c) => refusing(() => row.expand(c)) };
    },
  });
}

const CONTROL_FLOW = new Set(['If', 'Loop', 'Scan']);

/** What keeps a loop from being written out is a refusal of its own kind. */
function refusing<Result>(expand: () => Result): Result {
  try {
    return expand();
  } catch (error) {
    if (!(error instanceof ModelError) || error instanceof RefusedModelError) throw error;
    throw new RefusedModelError('control-flow', error.message, {}, undefined, error);
  }
}

/** @throws what is none of a model's faults */
function reasonOf(error: unknown): Omit<Refusal, 'verdict' | 'bytes' | 'sha256' | 'steps'> {
  if (error instanceof RefusedModelError) {
    const { code, message, place, limit } = error;
    return { code, reason: sentence(message), ...place, ...(limit && { limit }) };
  }
  if (error instanceof OnnxFormatError) return { code: 'format', reason: sentence(error.message) };
  if (error instanceof ModelError) return { code: 'graph', reason: sentence(error.message) };
  throw error;
}

const LONGEST = 1000;

/** A message with a stranger's names in it: each line as it may be shown. */
function sentence(message: string): string {
  const lines = message
    .split('\n')
    .slice(0, 12)
    .map((line) => wrapped(line));
  return lines.join('\n').slice(0, LONGEST);
}

/** `plain` for whole sentences: the parts between blanks are names. */
function wrapped(line: string): string {
  return line.split(' ').map(plain).join(' ');
}
