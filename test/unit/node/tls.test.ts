import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadOrCreateCertificate, readCertificate } from '../../../node/tls.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tributary-tls-'));
});

afterEach(() => rm(directory, { recursive: true }));

it('makes a certificate for the hosts, and a key for its owner only', async () => {
  const made = await loadOrCreateCertificate(join(directory, 'tls'), ['lab.example', '192.0.2.7', '0.0.0.0']);
  const certificate = new X509Certificate(made.cert);
  for (const host of ['lab.example', 'localhost']) expect(certificate.checkHost(host)).toBe(host);
  for (const ip of ['192.0.2.7', '127.0.0.1', '::1']) expect(certificate.checkIP(ip)).toBe(ip);
  expect(certificate.checkIP('0.0.0.0')).toBeUndefined();
  expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(365 * 86_400_000);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(made.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const key = await stat(join(directory, 'tls', 'key.pem'));
  expect(key.mode & 0o777).toBe(0o600);
});

it('keeps the certificate between starts', async () => {
  const first = await loadOrCreateCertificate(directory, ['lab.example']);
  expect(await loadOrCreateCertificate(directory, ['lab.example'])).toEqual(first);
  expect(await loadOrCreateCertificate(directory, [])).toEqual(first);
});

it('makes a new one for a new host, and when the old one is damaged', async () => {
  const first = await loadOrCreateCertificate(directory, []);
  const second = await loadOrCreateCertificate(directory, ['lab.example']);
  expect(second.fingerprint).not.toBe(first.fingerprint);
  await writeFile(join(directory, 'key.pem'), first.key);
  const third = await loadOrCreateCertificate(directory, ['lab.example']);
  expect(third.fingerprint).not.toBe(second.fingerprint);
  await writeFile(join(directory, 'certificate.pem'), 'garbage');
  const fourth = await loadOrCreateCertificate(directory, ['lab.example']);
  expect(await readFile(join(directory, 'certificate.pem'), 'utf8')).toBe(fourth.cert);
});

it('reads a certificate that somebody else signed, and says what is wrong with one', async () => {
  const made = await loadOrCreateCertificate(join(directory, 'one'), ['lab.example']);
  const other = await loadOrCreateCertificate(join(directory, 'two'), ['lab.example']);
  const [cert, key] = [join(directory, 'one', 'certificate.pem'), join(directory, 'one', 'key.pem')];
  expect(await readCertificate(cert, key)).toEqual(made);
  await expect(readCertificate(cert, join(directory, 'two', 'key.pem'))).rejects.toThrow(
    /key in .* is not the one of the certificate/,
  );
  await expect(readCertificate(key, key)).rejects.toThrow(/key.pem is not a certificate \(PEM\)/);
  await expect(readCertificate(cert, cert)).rejects.toThrow(/is not a private key/);
  await expect(readCertificate(join(directory, 'none.pem'), key)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(other.fingerprint).not.toBe(made.fingerprint);
});
