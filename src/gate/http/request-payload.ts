import type { IncomingHttpHeaders } from 'node:http';
import type { WirePayload } from '../../core/index.js';
import { EMPTY_BYTES } from '../../core/index.js';
import { HttpRefusal } from './http-refusal.js';

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/octet-stream';

/**
 * The payload of a request. Its bytes are not looked into: the node that runs the method reads them. An empty body is
 * no argument whatever its type says. Throws the refusal 415.
 */
export function requestPayload(body: Uint8Array | undefined, headers: IncomingHttpHeaders): WirePayload {
  const { 'content-type': contentType, 'content-encoding': coding = 'identity' } = headers;
  const media = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const kind = media === PROTOBUF_TYPE ? 'protobuf' : 'json';
  if (body === undefined || body.length === 0) return { kind, bytes: EMPTY_BYTES };
  if (media !== JSON_TYPE && media !== PROTOBUF_TYPE) throw HttpRefusal.unsupportedMediaType(contentType);
  if (coding.trim().toLowerCase() !== 'identity') throw HttpRefusal.unsupportedCoding(coding);
  return { kind, bytes: body };
}
