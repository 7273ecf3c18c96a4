import type { WireError } from '../core/errors.js';
import { GoverseError } from '../core/errors.js';
import type { ClientFrame, ServerFrame } from './frames.js';
import type { Push, Registration } from './transport.js';
import { wireError } from './wire-error.js';

/** The encoding below, as WebSocket subprotocol: frames whose payloads are JSON themselves (docs/wire.md). */
export const PLAIN_JSON = 'goverse.json';

/** @param accessToken goes along with the registration */
export function encodeFrame(frame: ClientFrame, accessToken: string | undefined): string {
  const { seq } = frame;
  switch (frame.kind) {
    case 'register': {
      const { token: resumeToken, received } = frame.resume ?? {};
      return JSON.stringify({ seq, register: { resumeToken, received, accessToken } });
    }
    case 'ack':
      return JSON.stringify({ seq, ack: { pushSeq: frame.pushSeq } });
    case 'cancel':
    case 'ping':
      return JSON.stringify({ seq, [frame.kind]: {} });
    default:
      return encodeRequest(frame);
  }
}

function encodeRequest({ kind, seq, request }: Extract<ClientFrame, { request: unknown }>): string {
  const { objectId, type, method, argument, timeoutMs } = request;
  const call = kind === 'call' ? { method, timeoutMs: Math.ceil(timeoutMs) } : {};
  const json = JSON.stringify({ seq, [kind]: { objectId, type: type || undefined, ...call } });
  // The argument is JSON already.
  return argument === undefined ? json : `${json.slice(0, -2)},"payload":${argument}}}`;
}

interface JsonServerFrame {
  readonly seq?: number;
  readonly registered?: Registration;
  readonly result?: { readonly payload?: unknown; readonly objectId?: string };
  readonly error?: Partial<WireError> & { readonly retryAfterMs?: number };
  readonly push?: { readonly pushSeq?: number; readonly message?: Partial<Push> };
  readonly goingAway?: { readonly reconnectAfterMs?: number };
  readonly pong?: object;
}

/** Undefined for a frame this client does not know. Throws for what is no frame. */
export function decodeFrame(text: string): ServerFrame | undefined {
  const { seq = 0, registered, result, error, push, goingAway, pong } = JSON.parse(text) as JsonServerFrame;
  if (registered) return { kind: 'registered', registration: { ...registered, resumed: registered.resumed === true } };
  if (result) return { kind: 'result', seq, value: result.payload, objectId: result.objectId ?? '' };
  if (error) return { kind: 'error', seq, error: GoverseError.fromWire(wireError(error)) };
  if (push) {
    const { type = '', data } = push.message ?? {};
    return { kind: 'push', push: { type, data }, pushSeq: push.pushSeq ?? 0 };
  }
  if (goingAway) return { kind: 'goingAway', afterMs: goingAway.reconnectAfterMs ?? 0 };
  return pong ? { kind: 'pong' } : undefined;
}
