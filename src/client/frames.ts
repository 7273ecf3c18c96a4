import type { GoverseError } from '../core/errors.js';
import type { ClientRequest, Push, Registration, ResumePoint } from './transport.js';

/** What a client sends on a `Connect` stream (docs/wire.md), whatever its encoding. `seq` names the request. */
export type ClientFrame =
  | { readonly kind: 'register'; readonly seq: number; readonly resume: ResumePoint | undefined }
  | { readonly kind: ClientRequest['verb']; readonly seq: number; readonly request: ClientRequest }
  | { readonly kind: 'cancel'; readonly seq: number }
  | { readonly kind: 'ack'; readonly seq: 0; readonly pushSeq: number }
  | { readonly kind: 'ping'; readonly seq: number };

/** What a gate sends on it. */
export type ServerFrame =
  | { readonly kind: 'registered'; readonly registration: Registration }
  | { readonly kind: 'result'; readonly seq: number; readonly value: unknown; readonly objectId: string }
  | { readonly kind: 'error'; readonly seq: number; readonly error: GoverseError }
  | { readonly kind: 'push'; readonly push: Push; readonly pushSeq: number }
  | { readonly kind: 'goingAway'; readonly afterMs: number }
  | { readonly kind: 'pong' };

/** Told of a stream; never before `open` has returned. */
export interface FrameListener {
  /** The other side takes frames. */
  opened(): void;
  /** One frame; those this client does not know are left out. */
  received(frame: ServerFrame): void;
  /**
   * Nothing comes any more, and why.
   * @param inOrder the gate ended it as it ends a stream whose requests are all answered
   */
  closed(error: GoverseError, inOrder?: boolean): void;
}

/** A stream of frames in both directions, to one gate. */
export interface FrameChannel {
  open(listener: FrameListener): void;
  /** False if the stream does not take it any more: it never left. */
  send(frame: ClientFrame): boolean;
  close(): void;
}
