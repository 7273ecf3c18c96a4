import type { GoverseError } from '../core/index.js';
import type { PushedMessage } from './pushed-message.js';

/** One message in a client's order. */
export interface QueuedPush {
  /** Counts what is written to this client, from 1; 0 while it waits. Starts again at 1 when a client could not resume. */
  readonly seq: number;
  readonly message: PushedMessage;
}

/** The way to one client over its protocol. */
export interface PushSink {
  /** Hands messages to the transport; false: write no more until the proxy is told that it drained. */
  write(batch: readonly QueuedPush[]): boolean;
  /** Ends the stream in order, after what has been written. `reason`: where the protocol can tell one. */
  end(reason?: GoverseError): void;
  /** Cuts the connection. `reason`: where the protocol can tell one. */
  destroy(reason?: GoverseError): void;
}
