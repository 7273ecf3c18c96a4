import type { GoverseError } from '../../core/index.js';
import type { ServerFrame } from './server-frame.js';

/** The transport of one stream of frames: a `Connect` stream or a WebSocket. */
export interface FrameCarrier {
  /** Its bytes may lie in one buffer with those of frames of other streams. */
  encode(frame: ServerFrame): Uint8Array;
  /** Writes frames together; false: write no more until the exchange is told that it drained. */
  send(frames: readonly Uint8Array[]): boolean;
  /** Reads nothing until `resume`, as far as the transport can. */
  pause(): void;
  resume(): void;
  /** Ends the stream after what has been sent; without a reason because the client has ended its side. */
  end(reason?: GoverseError): void;
  /** Ends the stream now, even if its client reads nothing. */
  cut(reason?: GoverseError): void;
}
