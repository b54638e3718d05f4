import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { speechesOf } from '../../../../bench/papers/speakers.ts';

const PLAYS = new URL('../../../../examples/shakespeare/tinyshakespeare.txt', import.meta.url);

describe('speechesOf', () => {
  it('gives each speaker equally much, and keeps what is tested with apart', () => {
    const { training, test, speakers } = speechesOf(readFileSync(PLAYS, 'utf8'));
    expect(speakers).toBeGreaterThan(80);
    expect(training.length).toBe(speakers * 64 * 32);
    expect(test.length).toBe(speakers * 16 * 32);
    expect(training).not.toContain(test.slice(0, 100));
    // The first to speak, in his own words.
    expect(training.startsWith('Before we proceed any further, hear me speak.')).toBe(true);
    expect(training).not.toContain('First Citizen:');
  });

  it('leaves out who says too little', () => {
    const line = `${'word '.repeat(200)}\n`;
    const plays = `ROMEO:\n${line.repeat(4)}\nJULIET:\n${line}\n`;
    expect(speechesOf(plays)).toMatchObject({ speakers: 1 });
  });
});
