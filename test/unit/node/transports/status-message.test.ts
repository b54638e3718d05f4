import { describe, expect, it } from 'vitest';
import { statusMessage } from '../../../../node/transports/status-message.ts';

describe('a status message', () => {
  it.each([
    'nothing was heard from 127.0.0.1:57228 for 6 s',
    'the coordinator holds 4096 connections, its limit: try again later',
    '100 % of “größe”, [a]#1&b=c/d?e+f@g;$\n',
  ])('comes as it went: %s', (text) => {
    const encoded = statusMessage(text);
    expect(encoded).toMatch(/^[\x20-\x7e]*$/);
    // As grpc-js reads it.
    expect(decodeURI(encoded)).toBe(text);
  });

  it('is one, too, where a character was cut in two', () => {
    expect(decodeURI(statusMessage('cut 🙂'.slice(0, 5)))).toBe('cut \ufffd');
  });
});
