import { expect, it } from 'vitest';
import { isIntact } from '../../../node/transports/address.ts';

it('trusts TLS and loopback to change no byte, and nothing else', () => {
  expect(isIntact('10.0.0.7:7070', true)).toBe(true);
  for (const remote of ['127.0.0.1:7070', '[::1]:7070', 'localhost:80', '127.9.9.9:1']) {
    expect(isIntact(remote, false)).toBe(true);
  }
  for (const remote of [
    '10.0.0.7:7070',
    '[fe80::1]:7070',
    'localhost.example:80',
    '1127.0.0.1:1',
    'unknown:0',
  ]) {
    expect(isIntact(remote, false)).toBe(false);
  }
});
