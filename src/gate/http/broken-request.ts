import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { GoverseError } from '../../core/index.js';
import { goverseError, uniqueId } from '../../core/index.js';
import type { RefusalLimit } from '../../observability/index.js';
import { tellRefusal } from '../../observability/index.js';
import { HttpRefusal } from './http-refusal.js';
import { problemOf } from './problem.js';

/** How long the last answer on a connection may take to leave. */
const LAST_WORD_MS = 5_000;

/** Answers what Node cannot read as a request, and closes its connection: `clientErrorHandler` of Fastify. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || socket.writableEnded) return;
  tellLimit(error.code, socket);
  const { code, message } = error;
  sayLast(socket, textOf(HttpRefusal.unreadable(statusOf(code), message)));
}

/** Answers a connection that is one too many, if its protocol lets us, and closes it. */
export function refuseConnection(socket: Socket, readable: boolean): void {
  socket.on('error', () => socket.destroy());
  const error = goverseError('RATE_LIMITED', 'There are too many connections from this address (maxConnectionsPerIp)');
  sayLast(socket, readable ? textOf(error) : '');
}

/** Who does not read it is not waited for. */
function sayLast(socket: Socket, text: string): void {
  if (socket.writable) socket.write(text);
  socket.setTimeout(LAST_WORD_MS, () => socket.destroy());
  socket.destroySoon();
}

/** A whole answer, for sockets without a response. */
function textOf(error: GoverseError): string {
  const { status, headers, body } = problemOf(error, uniqueId());
  const fields = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

/** Source: https://nodejs.org/api/http.html#event-clienterror */
function statusOf(code: string | undefined): 400 | 408 | 431 {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

const LIMITS = new Map<string | undefined, RefusalLimit>([
  ['HPE_HEADER_OVERFLOW', 'maxHeaderBytes'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'requestTimeoutMs'],
]);

function tellLimit(code: string | undefined, { remoteAddress, remotePort }: Socket): void {
  const limit = LIMITS.get(code);
  if (limit) tellRefusal({ limit, protocol: 'http', peer: `${remoteAddress}:${remotePort}` });
}
