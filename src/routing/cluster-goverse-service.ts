import type { Type } from '@nestjs/common';
import type {
  CallOutcome,
  CallResult,
  CallTarget,
  CallVerb,
  Cancellation,
  Clock,
  FindNear,
  NearObject,
  ObjectCall,
  Payload,
  PayloadCodec,
} from '../core/index.js';
import {
  CallContext,
  IdSequence,
  NEVER,
  beginCall,
  classNameOf,
  copyValue,
  goverseError,
  parseObjectId,
  promiseOf,
} from '../core/index.js';
import { CallPromise } from './call-promise.js';
import type { CallOptions } from './goverse-service.js';
import { GoverseService } from './goverse-service.js';
import type { ObjectProxy } from './object-proxy.js';
import { createObjectProxy, metadataOf, objectId } from './object-proxy.js';

/** Milliseconds a call may take unless its caller says otherwise. */
export const DEFAULT_TIMEOUT_MS = 30_000;

const NO_OPTIONS: CallOptions = Object.freeze({});
const NO_CHAIN: ObjectCall['chain'] = Object.freeze([]);

/** What the service needs of the process it lives in. */
export interface CallPort {
  readonly target: CallTarget;
  readonly codec: PayloadCodec;
  readonly clock: Clock;
  readonly shards: number;
  /** Absent in processes without objects. */
  readonly near?: FindNear;
  /** Throws `FENCED` when nothing may leave a turn of this process any more. */
  assertMayLeave?(): void;
  /** True if the object lives in this process at the moment. */
  isLocal(objectId: string, type: string): boolean;
  /** True if values may be handed to objects of this type without copying. */
  isImmutable(type: string): boolean;
  /** True if the method of that type declares `idempotent`. */
  isIdempotent(type: string, method: string): boolean;
  whenReady(): Promise<void>;
}

/** GoverseService over a router: adds what a call inherits from the turn it is made in. */
export class ClusterGoverseService extends GoverseService {
  private readonly callIds = new IdSequence();

  constructor(private readonly port: () => CallPort) {
    super();
  }

  callObject<R = unknown>(id: string, method: string, arg?: unknown, options: CallOptions = NO_OPTIONS): Promise<R> {
    try {
      const port = this.port();
      const near = port.near?.(id, options.type);
      if (near !== undefined) return this.callNear(port, near, id, method, arg, options);
      const outcome = new CallPromise<R>(port);
      this.begin(port, 'call', id, options.type, method, arg, options, outcome);
      return outcome.promise;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async createObject(
    type: string | Type<unknown>,
    id: string,
    arg?: unknown,
    options: CallOptions = {},
  ): Promise<string> {
    await this.send('create', id, typeName(type), arg, options);
    return id;
  }

  async deleteObject(type: string | Type<unknown>, id: string, options: CallOptions = {}): Promise<void> {
    await this.send('delete', id, typeName(type), undefined, options);
  }

  object<T extends object>(cls: Type<T>, key: string): ObjectProxy<T> {
    return this.proxy(cls, objectId(cls, key));
  }

  objectById<T extends object>(cls: Type<T>, id: string): ObjectProxy<T> {
    return this.proxy(cls, id, metadataOf(cls).type);
  }

  whenReady(): Promise<void> {
    return this.port().whenReady();
  }

  /** The class tells what the method allows, also in processes that do not host it. */
  private proxy<T extends object>(cls: Type<T>, id: string, type?: string): ObjectProxy<T> {
    const { methods } = metadataOf(cls);
    return createObjectProxy(cls, id, (method, arg) => {
      const idempotent = methods.get(method)?.options.idempotent === true;
      return this.callObject(id, method, arg, {
        ...(type === undefined ? {} : { type }),
        ...(idempotent ? { idempotent } : {}),
      });
    });
  }

  private send(verb: CallVerb, id: string, type: string, arg: unknown, options: CallOptions): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(this.port(), verb, id, type, '', arg, options, outcome));
  }

  private begin(
    port: CallPort,
    verb: CallVerb,
    id: string,
    explicitType: string | undefined,
    method: string,
    arg: unknown,
    options: CallOptions,
    outcome: CallOutcome,
  ): void {
    const { type } = parseObjectId(id, port.shards, explicitType);
    const context = CallContext.current();
    const payload = encodeArgument(port, id, type, arg);
    const idempotent = options.idempotent ?? port.isIdempotent(type, method);
    const deadline = deadlineOf(port.clock.now(), options, context);
    const call = this.call(verb, id, explicitType, method, payload, deadline, idempotent, options, context);
    beginCall(port.target, call, combinedSignal(options.signal, context), outcome);
  }

  /** The short way of most calls: the object lives here, so the call begins with its turn. */
  private callNear<R>(
    port: CallPort,
    near: NearObject,
    id: string,
    method: string,
    arg: unknown,
    options: CallOptions,
  ): Promise<R> {
    const context = CallContext.current();
    if (context !== undefined) port.assertMayLeave?.();
    const payload = valuePayload(near.immutable, arg);
    const idempotent = options.idempotent ?? near.isIdempotent(method);
    const now = port.clock.now();
    const deadline = deadlineOf(now, options, context);
    const call = this.call('call', id, options.type, method, payload, deadline, idempotent, options, context);
    const signal = combinedSignal(options.signal, context);
    const outcome = new CallPromise<R>(port, call, signal);
    // One that is over before it begins is refused where all are.
    if (deadline <= now || (signal !== NEVER && signal.aborted)) beginCall(port.target, call, signal, outcome);
    else near.begin(call, signal, outcome);
    return outcome.promise;
  }

  private call(
    verb: CallVerb,
    objectId: string,
    type: string | undefined,
    method: string,
    payload: Payload,
    deadline: number,
    idempotent: boolean,
    options: CallOptions,
    context: CallContext | undefined,
  ): ObjectCall {
    return {
      verb,
      objectId,
      type,
      method,
      payload,
      callId: options.callId ?? this.callIds.next(),
      chain: context === undefined ? NO_CHAIN : context.chain,
      deadline,
      clientId: context?.clientId,
      caller: context?.caller,
      isFromClient: false,
      idempotent,
    };
  }
}

/** A value for an object in this process, bytes for one elsewhere; taken now, so later changes of `arg` do not count. */
function encodeArgument(port: CallPort, id: string, type: string, arg: unknown): Payload {
  if (!port.isLocal(id, type)) return port.codec.encodeArgument(arg);
  return valuePayload(port.isImmutable(type), arg);
}

function valuePayload(immutable: boolean, arg: unknown): Payload {
  if (immutable) return { kind: 'value', value: arg };
  const className = classNameOf(arg);
  const value = copyValue(arg, 'argument');
  return className === undefined ? { kind: 'value', value } : { kind: 'value', value, className };
}

function deadlineOf(now: number, options: CallOptions, context: CallContext | undefined): number {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0)) {
    throw goverseError(
      'INVALID_ARGUMENT',
      `timeoutMs must be a number of milliseconds above 0, not ${String(timeoutMs)}`,
    );
  }
  return context === undefined ? now + timeoutMs : Math.min(now + timeoutMs, context.deadline);
}

function combinedSignal(own: AbortSignal | undefined, context: CallContext | undefined): Cancellation {
  if (own && context) return AbortSignal.any([own, context.signal]);
  return own ?? context?.cancellation ?? NEVER;
}

function typeName(type: string | Type<unknown>): string {
  return typeof type === 'string' ? type : metadataOf(type).type;
}
