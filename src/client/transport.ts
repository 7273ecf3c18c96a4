import type { GoverseError } from '../core/errors.js';
import type { ClientSettings } from './client-options.js';

/** What a gate gave this client when it registered. */
export interface Registration {
  /** `<gate advertise address>/<unique>`. */
  readonly clientId: string;
  /** Proves that calls come from this client, and resumes it. */
  readonly token: string;
  /** The client goes on under its id, and gets what it missed. */
  readonly resumed: boolean;
}

/** Where a client wants to go on. */
export interface ResumePoint {
  readonly token: string;
  /** Number of the last push it got under its id. */
  readonly received: number;
}

/** Asked when the registration is sent: pushes may come over another stream until then. */
export type GetResumePoint = () => ResumePoint | undefined;

/** A message an object pushed to this client. */
export interface Push<T = unknown> {
  /** Class name, `type` or protobuf message name of what was pushed. */
  readonly type: string;
  /** Plain data; the serialised bytes if the message is a protobuf message. */
  readonly data: T;
}

/** Told of what comes over the stream of a gate, in the order it comes. */
export interface StreamListener {
  /** Once, before any push. */
  registered(registration: Registration): void;
  /** @param seq number of the push under this client id, from 1; 0 if the stream does not count */
  pushed(push: Push, seq: number): void;
  /** The gate stops soon: go to another one, after `afterMs`. Calls that run are answered. */
  goingAway(afterMs: number): void;
}

/** One call, create or delete. */
export interface ClientRequest {
  readonly verb: 'call' | 'create' | 'delete';
  readonly objectId: string;
  /** Empty: the type is read from the id. */
  readonly type: string;
  /** Empty for create and delete. */
  readonly method: string;
  /** JSON; undefined = no argument. */
  readonly argument: string | undefined;
  readonly timeoutMs: number;
}

/** One connection to one gate. Rejects with `GoverseError` only. */
export interface Transport {
  /**
   * Registers this client and stays until the stream is over, or `signal` is aborted: resolves with why it ended.
   * Rejects if the gate refuses the client or cannot be reached.
   */
  stay(resume: GetResumePoint, listener: StreamListener, signal: AbortSignal): Promise<GoverseError>;
  /** Resolves with the result of a call, the id of a created object, or undefined. */
  execute(request: ClientRequest, signal: AbortSignal): Promise<unknown>;
}

/** Opens the connection to a gate, with whatever this platform has for the scheme of its URL. */
export type OpenTransport = (gate: URL, settings: ClientSettings) => Promise<Transport>;

/** How error messages name a request. */
export function describeRequest({
  verb,
  objectId,
  method,
}: Pick<ClientRequest, 'verb' | 'objectId' | 'method'>): string {
  return verb === 'call' ? `${objectId}.${method}` : `the ${verb} of ${objectId}`;
}
