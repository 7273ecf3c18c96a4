import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { uniqueId } from '../../core/index.js';
import { HttpRefusal } from './http-refusal.js';
import { problemOf } from './problem.js';

/** Answers what Node cannot read as a request, and closes its connection: `clientErrorHandler` of Fastify. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerTo(error));
  socket.destroySoon();
}

function answerTo({ code, message }: { code?: string; message: string }): string {
  const { status, headers, body } = problemOf(HttpRefusal.unreadable(statusOf(code), message), uniqueId());
  const fields = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

/** Source: https://nodejs.org/api/http.html#event-clienterror */
function statusOf(code: string | undefined): 400 | 408 | 431 {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
