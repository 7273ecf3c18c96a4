import type { LazySignal } from '../../core/index.js';
import type { ClientSource } from '../client-request.js';
import type { ClientProxy } from '../client-proxy.js';
import type { PushSink } from '../push-sink.js';
import type { FramePayloadKind } from './client-frame.js';

/** A call, create or delete of a stream that has not been answered: what its handler gets beside the request. */
export interface OpenFrame {
  readonly source: ClientSource;
  readonly payloadKind: FramePayloadKind;
  readonly cancellation: LazySignal;
}

/** A `register` of a stream: what its handler gets beside the request. */
export interface OpenRegistration {
  readonly source: ClientSource;
  readonly sink: PushSink;
  /** Aborted when the stream has ended. */
  readonly ended: AbortSignal;
  /** To be told in the tick of the registration: no push may come before the answer. */
  readonly registered: (client: ClientProxy) => void;
}
