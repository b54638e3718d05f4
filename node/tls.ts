import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
// tsyringe, inside @peculiar/x509, wants it to be there before it is loaded.
import 'reflect-metadata';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM (PKCS #8). */
  readonly key: string;
  /** SHA-256 of the certificate as `AB:CD:…`: what a member pins. */
  readonly fingerprint: string;
}

/** A certificate that was named cannot be used. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 825;
/** One that ends sooner than this is replaced at the next start. */
const RENEW_DAYS = 30;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * The coordinator's self-signed certificate, kept in `directory` as `certificate.pem` and `key.pem` (readable by its
 * owner only), so that its fingerprint stays the same between starts. A new one is made when there is none, when it
 * lacks one of the hosts, ends soon, or is damaged.
 *
 * @param hosts Names and addresses that members may dial; `localhost` and loopback are always among them.
 */
export async function loadOrCreateCertificate(
  directory: string,
  hosts: readonly string[],
): Promise<Certificate> {
  const names = namesOf(hosts);
  const certFile = join(directory, 'certificate.pem');
  const keyFile = join(directory, 'key.pem');
  const known = await load(certFile, keyFile);
  if (known !== undefined && fits(new X509Certificate(known.cert), names)) return known;
  const made = await create(names);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // The key first: a certificate without its key is found out at the next start, and made anew.
  await replace(keyFile, made.key, 0o600);
  await replace(certFile, made.cert, 0o644);
  return made;
}

/**
 * A certificate that somebody else signed, and its private key.
 *
 * @param certFile PEM: the certificate, then those between it and its authority
 * @param keyFile PEM
 * @throws CertificateError when they are no pair, or its time is over
 */
export async function readCertificate(certFile: string, keyFile: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  const certificate = parsed(certFile, 'a certificate (PEM)', () => new X509Certificate(cert));
  const privateKey = parsed(keyFile, 'a private key without a passphrase (PEM)', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(`The key in ${keyFile} is not the one of the certificate in ${certFile}.`);
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw new CertificateError(`The certificate in ${certFile} ended on ${certificate.validTo}: renew it.`);
  }
  return { cert, key, fingerprint: certificate.fingerprint256 };
}

function parsed<Value>(file: string, what: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    throw new CertificateError(`${file} is not ${what}: ${(cause as Error).message}.`, { cause });
  }
}

/** What a certificate is to be valid for; the addresses that mean "any" are replaced by this machine's name. */
function namesOf(hosts: readonly string[]): string[] {
  const any = new Set(['', '0.0.0.0', '::']);
  return [
    ...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...hosts.filter((host) => !any.has(host))]),
  ];
}

async function load(certFile: string, keyFile: string): Promise<Certificate | undefined> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    const parsed = new X509Certificate(cert);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) return undefined;
    return { cert, key, fingerprint: parsed.fingerprint256 };
  } catch {
    // Missing or damaged: made anew.
    return undefined;
  }
}

function fits(certificate: X509Certificate, names: readonly string[]): boolean {
  const now = Date.now();
  if (Date.parse(certificate.validTo) < now + RENEW_DAYS * DAY_MS) return false;
  if (Date.parse(certificate.validFrom) > now) return false;
  return names.every(
    (name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined,
  );
}

async function create(names: readonly string[]): Promise<Certificate> {
  // Loaded when a certificate is to be made only: it takes a tenth of a second.
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive and not zero, as RFC 5280 4.1.2.2 asks.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: 'CN=tributary coordinator',
    // A day back, for members whose clock is behind.
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys: keys as unknown as CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name })),
      ),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)!.join('\n')}\n-----END PRIVATE KEY-----\n`;
  const cert = `${certificate.toString('pem')}\n`;
  return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
}

/** Writes beside, then renames: a reader never sees half a file. */
async function replace(file: string, content: string, mode: number): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, content, { mode, flag: 'wx' });
  await rename(temporary, file);
}
