import type { CallVerb } from '../../core/index.js';

/** How the payload of a request is to be read: `opaque` as the unary calls read it, `json` as HTTP does. */
export type FramePayloadKind = 'opaque' | 'json';

/** A call, create or delete, named as in the messages of proto/client.proto; what does not apply is empty. */
export interface FrameRequest {
  readonly objectId: string;
  readonly type: string;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly clientId: string;
  readonly timeoutMs: number;
}

export interface RequestFrame {
  readonly kind: CallVerb;
  readonly seq: number;
  readonly request: FrameRequest;
  readonly payloadKind: FramePayloadKind;
}

export interface RegisterFrame {
  readonly kind: 'register';
  readonly seq: number;
  readonly resumeToken: string;
  readonly received: number;
  /** Stronger than the credentials of the stream. */
  readonly accessToken: string;
}

/** One frame of a client (`goverse.client.ClientFrame`), whatever carried it. */
export type ClientFrame =
  | RequestFrame
  | RegisterFrame
  | { readonly kind: 'cancel'; readonly seq: number }
  | { readonly kind: 'ping'; readonly seq: number }
  | { readonly kind: 'ack'; readonly seq: number; readonly pushSeq: number }
  /** A frame that cannot be acted on; `seq` is 0 if that cannot be read either. */
  | { readonly kind: 'unreadable'; readonly seq: number; readonly why: string };
