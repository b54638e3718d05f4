import { createServer } from 'node:net';

/** Below what systems give to connections and to those who listen on port 0: nobody is given one of these by chance. */
const FIRST = 10_000;
const COUNT = 6_000;

/** A port of loopback that is free, and stays so but for who asks for it by its number: to listen on later, or for nobody to. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
