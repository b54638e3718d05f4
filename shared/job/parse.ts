import { type Document, isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { asWritten } from './as-written.ts';
import { crossCheck } from './cross-checks.ts';
import { exampleOf } from './example-of.ts';
import { decode, type Explanation, explain, nearest } from './explain.ts';
import type { Job } from './job.ts';
import { JobError, type Problem } from './job-error.ts';
import { Locator, type Path, pathText } from './locate.ts';
import { jobSchema } from './schema.ts';

/** A job file is written by hand; more is a mistake, or an attack. */
const MAX_CHARACTERS = 256 * 1024;
/** Aliases that the whole file may expand to: enough for shared options, too few for a "billion laughs". */
const MAX_ALIASES = 100;
/** Nested lists and mappings that the YAML parser is asked to follow. */
const MAX_DEPTH = 64;

/**
 * Reads a job file: YAML 1.2, checked, every default filled in.
 *
 * @param file its name, for messages
 * @throws JobError with every mistake: YAML's own, wrong keys and values, and what does not fit together
 */
export function parseJob(text: string, file: string): Job {
  const { value, locator } = read(text, file);
  const parsed = jobSchema.safeParse(value, { error: explain });
  const faults = parsed.success ? [] : parsed.error.issues.flatMap(faultsOf);
  const problems = withoutEchoes([...faults, ...crossCheck(value)]).map((fault) =>
    problem(fault, value, locator),
  );
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new JobError(file, text, sorted(problems));
}

/**
 * What was found wrong with a job after it was read, by data for example: at its place in the file.
 *
 * @param text the file, which can be read
 */
export function jobErrorOf(text: string, file: string, faults: readonly LocatedFault[]): JobError {
  const { value, locator } = read(text, file);
  const problems = faults.map((fault) =>
    problem({ ...fault, path: asWritten(value, fault) }, value, locator),
  );
  return new JobError(file, text, sorted(problems));
}

function read(text: string, file: string): { value: unknown; locator: Locator } {
  const refuse = (message: string): never => {
    throw new JobError(file, text, [
      { line: 1, column: 1, length: 1, path: '', message, found: '', allowed: [] },
    ]);
  };
  if (text.length > MAX_CHARACTERS) {
    refuse(`the file has ${text.length} characters; a job file has at most ${MAX_CHARACTERS}`);
  }
  if (text.trim() === '') refuse('the file is empty');
  if (tooDeep(text)) refuse(`lists and mappings are nested more than ${MAX_DEPTH} deep`);
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    uniqueKeys: true,
    strict: true,
    stringKeys: true,
    logLevel: 'error',
  });
  const locator = new Locator(document, lines, text);
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    throw new JobError(file, text, sorted(errors.map((error) => syntaxProblem(error, locator, text))));
  }
  const unusable = [...danglingAliases(document, locator), ...lostKeys(document, locator)];
  if (unusable.length > 0) throw new JobError(file, text, unusable);
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), locator };
  } catch (error) {
    return refuse(
      error instanceof ReferenceError
        ? `aliases expand to more than ${MAX_ALIASES} copies: write the values out`
        : `this cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Aliases of anchors that are not there; the parser itself finds out only when it expands them, without a place. */
function danglingAliases(document: Document, locator: Locator): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const [start, end] = alias.range ?? [0, 1];
      const message = `there is no anchor &${alias.source} before this alias`;
      problems.push({
        ...locator.span(start, end),
        path: '',
        message,
        found: `*${alias.source}`,
        allowed: [],
      });
    },
  });
  return problems;
}

/**
 * A key that every mapping of JavaScript has already: what is said under it would be lost without a word, as a record of the schema
 * passes it over before a check could see it. Refused here, where it has a place in the file: every job comes this way, as JSON too,
 * which is YAML, and no job comes as an object.
 */
function lostKeys(document: Document, locator: Locator): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      const [start, end] = key.range ?? [0, 1];
      const message = 'nothing can be called __proto__';
      problems.push({ ...locator.span(start, end), path: '', message, found: '__proto__', allowed: [] });
    },
  });
  return problems;
}

/** Counts brackets and indentation without parsing: the parser itself would run out of stack. */
function tooDeep(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '[' || character === '{') open++;
    else if (character === ']' || character === '}') open--;
    if (open > MAX_DEPTH) return true;
  }
  return text.split('\n').some((line) => {
    const lead = /^[\s?:-]*/.exec(line)?.[0] ?? '';
    return lead.length > MAX_DEPTH * 4 || (lead.match(/[-?:]/g)?.length ?? 0) > MAX_DEPTH;
  });
}

function syntaxProblem(error: YAMLError, locator: Locator, text: string): Problem {
  const [start, end] = error.pos;
  const span = locator.span(start, end);
  const found = text.slice(start, start + span.length).trim();
  if (error.code === 'DUPLICATE_KEY') {
    const key = (/^("[^"]*"|'[^']*'|[^:\s]+)/.exec(text.slice(start))?.[0] ?? found).replace(
      /^(["'])(.*)\1$/,
      '$2',
    );
    return {
      ...span,
      length: key.length,
      path: key,
      message: `"${key}" is here a second time`,
      found: key,
      allowed: [],
    };
  }
  const message = error.message.replace(/\s+at line \d+.*$/s, '').replace(/\.$/, '');
  return { ...span, path: '', message: `YAML: ${message}`, found, allowed: [] };
}

export interface LocatedFault extends Explanation {
  readonly path: Path;
  /** Keys of which one is missing. */
  readonly missing?: readonly string[];
  /** Where further faults only follow from this one. */
  readonly covers?: readonly Path[];
  /** A word of the file: the fault is where it stands, at the path or below it. */
  readonly word?: string | number;
}

/** One fault per unknown key, so that each has its place and its nearest word. */
function faultsOf(issue: z.core.$ZodIssue): LocatedFault[] {
  const explanation = decode(issue.message);
  if (issue.code !== 'unrecognized_keys') return [{ ...explanation, path: issue.path }];
  return issue.keys.map((key) => ({
    ...explanation,
    path: [...issue.path, key],
    message: `unknown key "${key}"`,
    nearest: nearest(key, explanation.allowed ?? []),
  }));
}

/** A key that was misspelt is not reported as missing as well, nor what only follows from another fault. */
function withoutEchoes(faults: readonly LocatedFault[]): LocatedFault[] {
  const meant = new Set(
    faults.flatMap((fault) => (fault.nearest ? [pathText([...fault.path.slice(0, -1), fault.nearest])] : [])),
  );
  const covered = faults.flatMap(({ covers = [] }) => covers);
  const follows = ({ path }: LocatedFault) =>
    covered.some((cover) => cover.every((part, depth) => part === path[depth]));
  return faults.filter((fault) => {
    if (fault.covers === undefined && follows(fault)) return false;
    const keys = fault.message === 'missing' ? [pathText(fault.path)] : (fault.missing ?? []);
    return !keys.some((key) => meant.has(key));
  });
}

function problem(fault: LocatedFault, value: unknown, locator: Locator): Problem {
  const path = pathText(fault.path);
  const missing = fault.message === 'missing';
  const key = String(fault.path.at(-1) ?? '');
  const span = locator.find(fault.path, fault.atKey ?? false);
  const example = fault.isForm && fault.nearest === undefined ? exampleOf(fault.path) : undefined;
  return {
    ...span,
    path,
    message: missing ? `"${key}" is missing` : fault.message,
    found: missing ? 'nothing' : fault.atKey || path === '' ? key : shown(valueAt(value, fault.path)),
    allowed: fault.allowed ?? [],
    ...(fault.nearest !== undefined && { nearest: fault.nearest }),
    ...(example !== undefined && { example }),
  };
}

/** The value at a path, or the last one on the way: a shorthand's value has no key of its own. */
function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return at;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
