import { EMPTY_BYTES } from '../../core/index.js';
import type { WireReader } from '../../rpc/index.js';
import type { FrameRequest } from '../connect/client-frame.js';

/** Field numbers and wire types of a request, in each of its three messages (proto/client.proto). */
export interface RequestTags {
  readonly objectId: number;
  readonly type: number;
  readonly method?: number;
  readonly payload?: number;
  readonly clientId?: number;
  readonly timeoutMs?: number;
}

export const CALL: RequestTags = { objectId: 10, method: 18, payload: 26, type: 34, clientId: 42, timeoutMs: 48 };
export const CREATE: RequestTags = { type: 10, objectId: 18, payload: 26 };
export const DELETE: RequestTags = { type: 10, objectId: 18 };

/** Reads a request that ends there. Its payload is a view of what is read, not a copy. */
export function readRequest(reader: WireReader, end: number, tags: RequestTags): FrameRequest {
  let [objectId, type, method, clientId] = ['', '', '', ''];
  let payload: Uint8Array = EMPTY_BYTES;
  let timeoutMs = 0;
  while (reader.next(end)) {
    const { tag } = reader;
    if (tag === tags.objectId) objectId = reader.known();
    else if (tag === tags.method) method = reader.known();
    else if (tag === tags.payload) payload = reader.view();
    else if (tag === tags.type) type = reader.known();
    else if (tag === tags.clientId) clientId = reader.known();
    else if (tag === tags.timeoutMs) timeoutMs = reader.uint32();
    else reader.skip();
  }
  return { objectId, type, method, payload, clientId, timeoutMs };
}
