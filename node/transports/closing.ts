import type { Server, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CLOSE_MS } from './listen-options.ts';

/**
 * Ends a server in good order, or in any: peers have a moment to end their streams, then their sockets are destroyed. What is still in
 * its TLS handshake, or says nothing at all, is neither a session nor a request, and would hold the server open by itself.
 *
 * @returns ends it; resolves within about twice `CLOSE_MS`, as a server may never say that it has closed
 */
export function closing(server: Server): (askPeers: () => void) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async (askPeers) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    askPeers();
    if (await within(closed)) return;
    for (const socket of sockets) socket.destroy();
    await within(closed);
  };
}

/** Whether it was settled in time. Without the timer the process could end while it is awaited, with nothing left to do. */
async function within(closed: Promise<void>): Promise<boolean> {
  const over = new AbortController();
  const late = pause(CLOSE_MS, false, { signal: over.signal }).catch(() => false);
  const inTime = await Promise.race([closed.then(() => true), late]);
  over.abort();
  return inTime;
}
