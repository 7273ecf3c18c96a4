import type { GoverseError } from '../core/errors.js';

/** What a gate gave this client when it registered. */
export interface Registration {
  /** `<gate advertise address>/<unique>`. */
  readonly clientId: string;
  /** Proves that calls come from this client. */
  readonly token: string;
}

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
  pushed(push: Push): void;
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
  stay(listener: StreamListener, signal: AbortSignal): Promise<GoverseError>;
  /** Resolves with the result of a call, the id of a created object, or undefined. */
  execute(request: ClientRequest, signal: AbortSignal): Promise<unknown>;
  /** Gives the connection back; calls that run are finished. */
  close(): void;
}
