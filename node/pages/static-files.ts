import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Smaller ones are not worth it. */
const LEAST_GZIPPED_BYTES = 1024;

/** What is kept of a file that was asked for: its hash, and its compressed form where that is smaller. */
interface Known {
  readonly etag: string;
  readonly bytes: number;
  readonly gzipped: Buffer | undefined;
}

/**
 * Serves a fixed table of files, and nothing else: a path is looked up, never joined to a folder, so that none leads out of it.
 * A file is asked for again by its hash, and sent again only when it has changed.
 */
export class StaticFiles {
  private readonly known = new Map<string, Promise<Known>>();

  /**
   * @param files path of the URL to the file on disk; its ending says its type
   * @param headers of every answer
   * @param moved paths that are answered with another one, relative to them
   */
  constructor(
    private readonly files: ReadonlyMap<string, string>,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly moved: ReadonlyMap<string, string> = new Map(),
  ) {}

  readonly listener: RequestListener = (request, response) => {
    // It takes no bodies.
    request.resume();
    this.answer(request, response).catch((error: Error) => {
      // The peer went away in the middle of a file, or the file did.
      if (response.headersSent) response.destroy();
      else say(response, 500, `${error.message}\n`);
    });
  };

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
    response.setHeader('x-content-type-options', 'nosniff');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return say(response, 405, 'Only GET and HEAD.\n');
    }
    const [path = '/'] = (request.url ?? '/').split('?');
    const location = this.moved.get(path);
    if (location !== undefined) {
      response.setHeader('location', location);
      return say(response, 308, `See ${location}\n`);
    }
    const file = this.files.get(path);
    if (file === undefined) return say(response, 404, 'There is no such page. See /join/\n');
    await this.send(file, request, response);
  }

  private async send(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { etag, bytes, gzipped } = await this.look(file);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('etag', etag);
    response.setHeader('vary', 'accept-encoding');
    response.setHeader('cache-control', 'no-cache');
    if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) {
      response.writeHead(304).end();
      return;
    }
    const packed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? gzipped : undefined;
    if (packed) response.setHeader('content-encoding', 'gzip');
    response.writeHead(200, { 'content-length': packed?.length ?? bytes });
    if (request.method === 'HEAD') response.end();
    else if (packed) response.end(packed);
    else await pipeline(createReadStream(file), response);
  }

  private look(file: string): Promise<Known> {
    let known = this.known.get(file);
    if (!known) {
      known = read(file);
      this.known.set(file, known);
      // One that could not be read may be there the next time.
      known.catch(() => this.known.delete(file));
    }
    return known;
  }
}

async function read(file: string): Promise<Known> {
  const content = await readFile(file);
  const packed = content.length < LEAST_GZIPPED_BYTES ? content : await promisify(gzip)(content);
  return {
    // Weak: the compressed form has the same name.
    etag: `W/"${createHash('sha256').update(content).digest('hex').slice(0, 32)}"`,
    bytes: content.length,
    gzipped: packed.length < content.length ? packed : undefined,
  };
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}
