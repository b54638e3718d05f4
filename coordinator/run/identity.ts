import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Member ids that survive a restart of the coordinator without a table: a resume token is the id and its HMAC under the
 * run's token, so whoever holds one was given it by this run.
 */
export class MemberIdentities {
  private count = 0;

  constructor(
    private readonly token: string,
    private readonly incarnation: number,
  ) {}

  /** The member that a resume token names, or a new one. */
  identify(resumeToken: string): { readonly id: string; readonly resumeToken: string } {
    const known = this.verify(resumeToken);
    const id = known ?? `m${this.incarnation}-${++this.count}`;
    return { id, resumeToken: `${id}.${this.sign(id)}` };
  }

  private verify(resumeToken: string): string | undefined {
    const separator = resumeToken.lastIndexOf('.');
    if (separator < 1) return undefined;
    const id = resumeToken.slice(0, separator);
    const given = Buffer.from(resumeToken.slice(separator + 1));
    const expected = Buffer.from(this.sign(id));
    return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
  }

  private sign(id: string): string {
    return createHmac('sha256', this.token).update(`member:${id}`).digest('base64url');
  }
}

/** A token for a run: 128 bits, as people can still type it. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/** A run's id: the job's name and when it began, readable and unique. */
export function newRunId(name: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${name}-${stamp}-${randomBytes(2).toString('hex')}`;
}
