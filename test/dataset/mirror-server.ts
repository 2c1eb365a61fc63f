import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server on loopback that answers as the test says; it counts the requests. */
export async function mirror(answer: Answer): Promise<{ base: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`, paths };
}

export function sends(body: Uint8Array, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-length': String(body.length), ...headers });
    response.end(body);
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
