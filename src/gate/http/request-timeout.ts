import type { FastifyRequest } from 'fastify';
import { goverseError } from '../../core/index.js';
import { header } from './http-source.js';

/** Milliseconds that `X-Timeout-Ms` gives the call; undefined without the header. Throws `INVALID_ARGUMENT`. */
export function timeoutOf(request: FastifyRequest): number | undefined {
  const text = header(request, 'x-timeout-ms');
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (/^\d{1,10}$/.test(text) && ms > 0) return ms;
  throw goverseError(
    'INVALID_ARGUMENT',
    `X-Timeout-Ms must be a whole number of milliseconds above 0, not ${JSON.stringify(text)}`,
  );
}
