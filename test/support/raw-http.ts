import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawHttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly signal?: AbortSignal;
}

/** A problem document (RFC 9457) with what a gate adds to it. */
export interface RawProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: string;
  readonly traceId: string;
  readonly details?: unknown;
}

/** One request over a connection of its own, its path sent as it is. */
export function send(
  address: string,
  method: string,
  path: string,
  { headers, body, signal }: RawHttpRequest = {},
): Promise<RawAnswer> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host, port, method, path, headers: { ...headers }, agent: false, signal },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A request with a JSON body; an absent value is an empty body. */
export function sendJson(
  address: string,
  method: string,
  path: string,
  value?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  if (value === undefined) return send(address, method, path, { headers });
  return send(address, method, path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  });
}

/** The path of a method of an object. */
export function pathOf(objectId: string, method?: string, type?: string): string {
  const path = [
    '/v1/objects',
    encodeURIComponent(objectId),
    ...(method === undefined ? [] : [encodeURIComponent(method)]),
  ].join('/');
  return type === undefined ? path : `${path}?type=${encodeURIComponent(type)}`;
}

/** The problem document of an answer; throws if it is none. */
export function problemOf({ status, headers, body }: RawAnswer): RawProblem {
  if (headers['content-type']?.split(';')[0] !== 'application/problem+json')
    throw new Error(`${status} ${headers['content-type']}: ${String(body)}`);
  const problem = JSON.parse(body.toString()) as RawProblem;
  if (problem.status !== status) throw new Error(`The problem says ${problem.status}, the answer ${status}`);
  return problem;
}

/** The value of a successful answer; `undefined` for one without a body. */
export function valueOf({ status, headers, body }: RawAnswer): unknown {
  if (status >= 300) throw new Error(`${status}: ${String(body)}`);
  if (body.length === 0) return undefined;
  if (headers['content-type']?.split(';')[0] !== 'application/json')
    throw new Error(`This is ${headers['content-type']}`);
  return JSON.parse(body.toString());
}
