import { describe, expect, it } from 'vitest';
import { giveBuffer, takeBuffer } from '../../../node/transports/receive-buffers.ts';

const LONG = 240_000;

describe('receive buffers', () => {
  it('are used again once they were given back', () => {
    const first = takeBuffer(LONG);
    const second = takeBuffer(LONG);
    expect(second.buffer).not.toBe(first.buffer);
    giveBuffer(first.subarray(40, 80_000));
    const third = takeBuffer(LONG - 1);
    expect(third.buffer).toBe(first.buffer);
    expect(third).toHaveLength(LONG - 1);
  });

  it('come back once: what is given back twice is lent to one reader only', () => {
    const bytes = takeBuffer(LONG);
    giveBuffer(bytes);
    giveBuffer(bytes);
    expect(takeBuffer(LONG).buffer).toBe(bytes.buffer);
    expect(takeBuffer(LONG).buffer).not.toBe(bytes.buffer);
  });

  it('are their own: other memory is never lent', () => {
    const foreign = new Uint8Array(300_000);
    giveBuffer(foreign);
    const short = takeBuffer(100);
    giveBuffer(short);
    const taken = [takeBuffer(LONG), takeBuffer(100)].map(({ buffer }) => buffer);
    expect(taken).not.toContain(foreign.buffer);
    expect(takeBuffer(LONG).buffer).not.toBe(short.buffer);
  });

  it('are not kept without bound', () => {
    const many = Array.from({ length: 80 }, () => takeBuffer(LONG));
    const before = new Set(many.map(({ buffer }) => buffer));
    for (const bytes of many) giveBuffer(bytes);
    const again = Array.from({ length: 80 }, () => takeBuffer(LONG));
    expect(again.filter(({ buffer }) => before.has(buffer)).length).toBe(64);
  });
});
