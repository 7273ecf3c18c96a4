import type { IncomingHttpHeaders } from 'node:http';
import { EMPTY_BYTES, unpackAny } from '../../core/index.js';
import { HttpRefusal } from '../http/http-refusal.js';

/** Base64 of RFC 4648, section 4, with its padding. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The serialised `google.protobuf.Any` in a body `{"request": "<base64>"}`; no bytes when there is no body or no request.
 * Its `Content-Type` does not matter: existing clients send any. Throws the refusal that names what is wrong.
 */
export function readCompatibleBody(body: Uint8Array | undefined, headers: IncomingHttpHeaders): Uint8Array {
  if (body === undefined || body.length === 0) return EMPTY_BYTES;
  const coding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding !== 'identity') throw HttpRefusal.unsupportedCoding(coding);
  const bytes = fromBase64(readRequest(body));
  try {
    if (bytes.length > 0) unpackAny(bytes);
  } catch {
    throw HttpRefusal.badRequest('INVALID_PROTOBUF', 'The bytes in "request" are no serialised google.protobuf.Any');
  }
  return bytes;
}

function readRequest(body: Uint8Array): string {
  const parsed = parse(body);
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const request = isObject ? (parsed as { request?: unknown }).request : parsed;
  if (isObject && (request === undefined || request === null)) return '';
  if (typeof request === 'string' && isObject) return request;
  throw HttpRefusal.badRequest('INVALID_JSON', 'The body must be {"request": "<base64 of a serialised Any>"}');
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw HttpRefusal.badRequest('INVALID_JSON', `The body is no JSON: ${(error as Error).message}`);
  }
}

function fromBase64(text: string): Uint8Array {
  // Encoders of MIME put line ends in between.
  const compact = text.replace(/[\r\n]+/g, '');
  if (compact.length % 4 === 0 && BASE64.test(compact)) return Buffer.from(compact, 'base64');
  throw HttpRefusal.badRequest('INVALID_BASE64', '"request" is no base64 (RFC 4648, with padding)');
}
