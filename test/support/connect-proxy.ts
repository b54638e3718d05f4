import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP proxy that lets CONNECT through to some ports, and nothing else. */
export class ConnectProxy {
  /** HOST:PORT of each CONNECT that was asked for, with what it was answered. */
  readonly asked: {
    readonly target: string;
    readonly authorization: string | undefined;
    readonly status: number;
  }[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly url: string,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  static async open(ports: readonly number[]): Promise<ConnectProxy> {
    const server = createServer((_, response) => response.writeHead(405).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new ConnectProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('connect', (request, client: Socket) => {
      const target = request.url ?? '';
      const port = Number(target.split(':').at(-1));
      const status = ports.includes(port) ? 200 : 403;
      proxy.asked.push({ target, authorization: request.headers['proxy-authorization'], status });
      proxy.sockets.add(client);
      client.on('error', () => undefined);
      if (status !== 200) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const server = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        server.pipe(client).pipe(server);
      });
      proxy.sockets.add(server);
      server.on('error', () => client.destroy());
      return undefined;
    });
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
