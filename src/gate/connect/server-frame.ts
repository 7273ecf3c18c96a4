import type { GoverseError } from '../../core/index.js';
import type { QueuedPush } from '../push-sink.js';
import type { FramePayloadKind } from './client-frame.js';

/** What a request has come to; a call has a payload, a create the other two. */
export interface FrameResult {
  readonly payload?: Uint8Array;
  readonly objectId?: string;
  readonly created?: boolean;
}

/** One frame of the gate (`goverse.client.ServerFrame`) before it is encoded. Pushes and `goingAway` have no `seq`. */
export type ServerFrame =
  | { readonly seq: number; readonly registered: { clientId: string; token: string; resumed: boolean } }
  | { readonly seq: number; readonly result: FrameResult; readonly payloadKind: FramePayloadKind }
  | { readonly seq: number; readonly error: GoverseError }
  | { readonly push: QueuedPush }
  | { readonly goingAway: { reconnectAfterMs: number } }
  | { readonly seq: number; readonly pong: true };
