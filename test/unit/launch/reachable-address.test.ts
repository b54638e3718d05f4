import { describe, expect, it } from 'vitest';
import { reachableAddress } from '../../../launch/reachable-address.ts';

describe('the address to type on another machine', () => {
  it.each(['127.0.0.1:7300', '192.0.2.7:7300', 'attic:7300', '[2001:db8::1]:7300'])(
    'is %s itself',
    (address) => {
      expect(reachableAddress(address)).toBe(address);
    },
  );

  it.each(['0.0.0.0:7300', '[::]:7300'])('is never %s, which nobody can dial', (address) => {
    expect(reachableAddress(address)).toMatch(/^(?!0\.0\.0\.0|\[::\]).+:7300$/);
  });

  it('has the host that was asked for, and the port that was taken', () => {
    expect(reachableAddress('0.0.0.0:40123', 'coordinator')).toBe('coordinator:40123');
    expect(reachableAddress('0.0.0.0:40123', '2001:db8::1')).toBe('[2001:db8::1]:40123');
  });
});
