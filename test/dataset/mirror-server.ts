import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server, and what it was asked for. */
export interface Mirror {
  readonly base: string;
  readonly paths: string[];
  readonly headers: IncomingHttpHeaders[];
}

/** A real HTTP server on loopback that answers as the test says; it counts the requests. */
export async function mirror(answer: Answer): Promise<Mirror> {
  const paths: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    headers.push(request.headers);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`,
    paths,
    headers,
  };
}

/** A proxy, and what it was asked for: `GET http://…`, or `CONNECT host:port`. */
export interface ProxyServer {
  readonly address: string;
  readonly seen: string[];
}

/**
 * A real proxy on loopback. It answers requests for plain http itself, as the test says.
 * @param port where all its tunnels lead to on loopback; 0: to nowhere, and it never says so
 */
export async function proxyServer(answer: Answer, port: number): Promise<ProxyServer> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    if (port === 0) return;
    const far = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(far).pipe(socket);
    });
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export function sends(body: Uint8Array, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-length': String(body.length), ...headers });
    response.end(body);
  };
}

/** Promises the whole body, sends its first `length` bytes and hangs up. */
export function sendsFirst(
  length: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-length': String(body.length), ...headers });
    response.write(body.subarray(0, length), () => response.destroy());
  };
}

/** Answers a Range request as a server that knows them does, up to `end`. */
export function sendsRange(
  body: Uint8Array,
  headers: Record<string, string> = {},
  end: number = body.length,
): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
    const range = `bytes ${start}-${end - 1}/${body.length}`;
    response.writeHead(206, { 'content-range': range, ...headers });
    response.end(body.subarray(start, end));
  };
}

export function says(status: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, headers);
    response.end('no');
  };
}

/** The first answer to the first request, and so on; the last one to all others. */
export function inTurn(...answers: Answer[]): Answer {
  let next = 0;
  return (request, response) => {
    answers[Math.min(next++, answers.length - 1)]!(request, response);
  };
}
