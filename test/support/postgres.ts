import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { temporaryFolder } from './digits.ts';
import { freePort } from './ports.ts';

/** A PostgreSQL server of a test's own. */
export interface PostgresServer {
  /** For its owner. */
  readonly admin: string;
  /** For a role that may read only. */
  readonly reader: string;
  readonly password: string;
  run(sql: string): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = 'reader-s-password';

/** Where Debian keeps the programs of a server, beside the path. */
function binaries(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const debian = existsSync(versions)
    ? readdirSync(versions).map((version) => join(versions, version, 'bin'))
    : [];
  const folders = [...debian, ...(process.env['PATH'] ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** Starts a server; undefined where PostgreSQL is not installed. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const bin = binaries();
  if (!bin) return undefined;
  const folder = temporaryFolder();
  // A server refuses to run as root.
  const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const how = { ...owner, cwd: folder, stdio: 'pipe' as const };
  const args = ['-D', data, '-U', 'owner', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'];
  execFileSync(join(bin, 'initdb'), args, how);
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder, '-F'],
    how,
  );
  const admin = `postgres://owner@127.0.0.1:${port}/postgres`;
  await listening(server, admin);
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: admin });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}'; GRANT pg_read_all_data TO reader`);
  return {
    admin,
    reader: `postgres://reader@127.0.0.1:${port}/postgres`,
    password: PASSWORD,
    run,
    stop: () =>
      new Promise((resolve) => {
        server.once('exit', () => resolve());
        // Fast shutdown: sessions are cut off.
        server.kill('SIGINT');
      }),
  };
}

async function listening(server: ChildProcess, url: string): Promise<void> {
  let said = '';
  server.stderr?.on('data', (text) => {
    said += String(text);
  });
  for (let tries = 0; tries < 2400; tries++) {
    if (server.exitCode !== null) break;
    const client = new pg.Client({ connectionString: url });
    const connected = await client.connect().then(
      () => true,
      () => false,
    );
    if (connected) return client.end();
    await pause(100);
  }
  throw new Error(`PostgreSQL did not start: ${said}`);
}
