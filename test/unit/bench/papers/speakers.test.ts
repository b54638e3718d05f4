import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeSpeeches } from '../../../../bench/papers/speakers.ts';
import { temporaryFolder } from '../../../support/digits.ts';

describe('writeSpeeches', () => {
  it('gives each speaker equally much, and keeps what is tested with apart', () => {
    const { training, test, speakers } = writeSpeeches(temporaryFolder());
    const [learned, tested] = [training, test].map((file) => readFileSync(file, 'utf8')) as [string, string];
    expect(speakers).toBeGreaterThan(80);
    expect(learned.length).toBe(speakers * 64 * 32);
    expect(tested.length).toBe(speakers * 16 * 32);
    expect(learned).not.toContain(tested.slice(0, 100));
    // The first to speak, in his own words.
    expect(learned.startsWith('Before we proceed any further, hear me speak.')).toBe(true);
    expect(learned).not.toContain('First Citizen:');
  });
});
