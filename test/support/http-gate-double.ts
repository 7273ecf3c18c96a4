import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  /** As sent, still percent-encoded. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

/** The HTTP routes a client uses, written from the wire document alone; answers are what the test says. */
export class HttpGateDouble {
  readonly requests: ReceivedRequest[] = [];
  /** The event streams that are open, oldest first. */
  readonly streams = new Set<ServerResponse>();
  onCall: Answer = (_request, response) => response.writeHead(204).end();
  /** Answers `GET /v1/events`; the default registers the client. */
  onEvents: Answer = (request, response) => this.register(request, response);
  /** Lets clients go on under their id, with what they missed. */
  resumes = false;
  private readonly history: unknown[] = [];
  private registered = 0;
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async start(port = 0): Promise<HttpGateDouble> {
    const gate = new HttpGateDouble();
    gate.server.listen(port, '127.0.0.1');
    await once(gate.server, 'listening');
    return gate;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  push(type: string, data: unknown): void {
    this.history.push({ type, data });
    for (const stream of this.streams) stream.write(sseEvent('message', { type, data }, this.history.length));
  }

  /** Ends every event stream in order. */
  endStreams(): void {
    for (const stream of this.streams) stream.end();
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private register({ url, headers }: ReceivedRequest, response: ServerResponse): void {
    this.streams.add(response);
    response.once('close', () => this.streams.delete(response));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const token = this.resumes ? new URL(url, this.url).searchParams.get('token') : null;
    const number = token ? token.slice('token-'.length) : String(++this.registered);
    const clientId = `127.0.0.1:49000/client-${number}`;
    response.write(sseEvent('register', { clientId, token: `token-${number}`, resumed: token !== null }));
    const missed = token === null ? [] : this.history.slice(Number(headers['last-event-id']));
    const first = this.history.length - missed.length + 1;
    for (const [index, push] of missed.entries()) response.write(sseEvent('message', push, first + index));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString() };
    if (url.split('?')[0] === '/v1/events') return this.onEvents(received, response);
    this.requests.push(received);
    this.onCall(received, response);
  }
}

export function sseEvent(event: string, data: unknown, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Answers with a problem document. */
export function problem(response: ServerResponse, status: number, facts: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ type: 'about:blank', title: 'Problem', status, traceId: 'trace', ...facts }));
}
