import { canonicalJson } from '../data/canonical.ts';
import type { Hash } from '../data/dataset.ts';
import type { Job } from './job.ts';

/** The job with its defaults as text that is equal for equal jobs, however their files are written. */
export function canonicalJob(job: Job): string {
  return canonicalJson(job);
}

/** SHA-256 of the canonical job. */
export async function hashJob(job: Job, hash: Hash): Promise<string> {
  return hash(new TextEncoder().encode(canonicalJob(job)));
}

/**
 * What changed from one job to another, a line each: `optimizer.learningRate: 0.002 -> 0.001`. Empty when they are equal.
 */
export function diffJobs(before: Job, after: Job): string[] {
  const lines: string[] = [];
  compare(before, after, '', lines);
  return lines;
}

function compare(before: unknown, after: unknown, path: string, lines: string[]): void {
  if (canonicalText(before) === canonicalText(after)) return;
  const [left, right] = [entries(before), entries(after)];
  if (!left || !right || Array.isArray(before) !== Array.isArray(after)) {
    lines.push(`${path}: ${shown(before)} -> ${shown(after)}`);
    return;
  }
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const inner = Array.isArray(before) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    compare(left.get(key), right.get(key), inner, lines);
  }
}

/** Members of a mapping or list; undefined for what is shown whole. */
function entries(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && value.every((member) => typeof member !== 'object')) return undefined;
  return new Map(Object.entries(value));
}

function canonicalText(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  return typeof value === 'string' ? value : canonicalJson(value);
}
