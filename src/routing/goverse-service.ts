import type { Type } from '@nestjs/common';
import type { ObjectProxy } from './object-proxy.js';

/** How one call is to be made. */
export interface CallOptions {
  /** Type of the object, for ids that do not begin with `<Type>-`. */
  type?: string;
  /** Milliseconds until `DEADLINE_EXCEEDED`; default 30 000, never more than what is left of the chain's deadline. */
  timeoutMs?: number;
  /** Cancels the call, on the executing node and in every nested call. */
  signal?: AbortSignal;
  /** The call may be sent again when its outcome is unknown. Default: what the method declares. */
  idempotent?: boolean;
  /** Names the call in log lines and errors; default: a unique id. */
  callId?: string;
}

/**
 * The cluster's ability to operate on objects: the same service in nodes (object to object calls) and in gates.
 * Every method rejects with `GoverseError`.
 */
export abstract class GoverseService {
  /**
   * Calls a method of an object, wherever it lives; the object is activated if it is not living yet.
   * @param objectId `<Type>-<key>`, `shard#<n>/<Type>-<key>`, `<host:port>/<Type>-<key>`, or free text with `options.type`
   * @param method wire name of the method
   */
  abstract callObject<R = unknown>(objectId: string, method: string, arg?: unknown, options?: CallOptions): Promise<R>;

  /**
   * Activates an object with an argument for its `onActivate` and resolves with its id. An existing object of the same
   * type is left as it is; one of another type rejects `ALREADY_EXISTS`.
   */
  abstract createObject(
    type: string | Type<unknown>,
    objectId: string,
    arg?: unknown,
    options?: CallOptions,
  ): Promise<string>;

  /** Ends an object's activation (`onDeactivate('deleted')`). Resolves too when there is none. */
  abstract deleteObject(type: string | Type<unknown>, objectId: string, options?: CallOptions): Promise<void>;

  /** A typed proxy of the object `<type of cls>-<key>`. Costs nothing; nothing is activated before the first call. */
  abstract object<T extends object>(cls: Type<T>, key: string): ObjectProxy<T>;

  /** A typed proxy of the object with this id. */
  abstract objectById<T extends object>(cls: Type<T>, objectId: string): ObjectProxy<T>;

  /** Resolves when the cluster can serve calls from this process. */
  abstract whenReady(): Promise<void>;
}
