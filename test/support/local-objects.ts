import type { Type } from '@nestjs/common';
import {
  CallContext,
  MessageRegistry,
  PayloadCodec,
  classNameOf,
  copyValue,
  systemClock,
  uniqueId,
  type CallResult,
  type Clock,
  type ObjectCall,
  type Placement,
} from '../../src/core/index.js';
import { readObjectMetadata, type MethodMetadata, type ObjectMetadata } from '../../src/decorators/index.js';
import { ArgumentReader } from '../../src/objects/argument-reader.js';
import { directInvoker, type UserMethod } from '../../src/objects/method-invoker.js';
import { ObjectCatalog } from '../../src/objects/object-catalog.js';
import type { MethodDefinition, ObjectDefinition } from '../../src/objects/object-definition.js';
import { ObjectRegistry } from '../../src/objects/object-registry.js';

export interface LocalObjectsOptions {
  readonly clock?: Clock;
  readonly maxActivations?: number;
  readonly shards?: number;
  /** Second constructor argument of every object. */
  readonly world?: unknown;
}

const never = new AbortController().signal;

/**
 * A real catalog without Nest and cluster: object classes are constructed with their `ObjectContext`, the
 * `LocalObjects` they run in and the test's world, and call each other through `call`, as the router would.
 */
export class LocalObjects {
  readonly catalog: ObjectCatalog;
  readonly logged: string[] = [];
  readonly passedOn: ObjectCall[] = [];
  /** What the cluster says; throws to refuse turns. */
  mayRun: (placement: Placement) => void = () => undefined;
  private readonly clock: Clock;

  constructor(classes: readonly Type<unknown>[], options: LocalObjectsOptions = {}) {
    this.clock = options.clock ?? systemClock;
    const codec = new PayloadCodec(MessageRegistry.load([]));
    const log = (message: string): number => this.logged.push(message);
    this.catalog = new ObjectCatalog({
      registry: new ObjectRegistry(classes.map((cls) => this.define(cls, codec, options.world))),
      ownership: {
        assertMayRun: (placement) => this.mayRun(placement),
        tenancyOf: () => ({ node: 'here:1', epoch: undefined, lease: { leftMs: () => 10_000 } }),
      },
      codec,
      clock: this.clock,
      shards: options.shards ?? 64,
      maxActivations: options.maxActivations ?? 1_000_000,
      logger: { error: log, warn: log },
      passOn: async (call) => this.passedOn.push(call),
    });
  }

  async call<T = unknown>(
    objectId: string,
    method: string,
    argument?: unknown,
    options: Partial<ObjectCall> & { signal?: AbortSignal } = {},
  ): Promise<T> {
    const className = classNameOf(argument);
    const payload = { kind: 'value' as const, value: copyValue(argument, 'argument'), ...(className && { className }) };
    const result = await this.execute({ verb: 'call', objectId, method, payload, ...options }, options.signal);
    return 'value' in result.payload ? (result.payload.value as T) : (undefined as T);
  }

  async create(objectId: string, argument?: unknown, options: Partial<ObjectCall> = {}): Promise<boolean | undefined> {
    const result = await this.execute({
      verb: 'create',
      objectId,
      payload: { kind: 'value', value: argument },
      ...options,
    });
    return result.created;
  }

  async delete(objectId: string, options: Partial<ObjectCall> = {}): Promise<void> {
    await this.execute({ verb: 'delete', objectId, ...options });
  }

  execute(
    facts: Partial<ObjectCall>,
    signal: AbortSignal = CallContext.current()?.signal ?? never,
  ): Promise<CallResult> {
    const context = CallContext.current();
    const call: ObjectCall = {
      verb: 'call',
      objectId: '',
      method: '',
      payload: { kind: 'value', value: undefined },
      callId: uniqueId(),
      chain: context?.chain ?? [],
      deadline: Math.min(this.clock.now() + 30_000, context?.deadline ?? Infinity),
      clientId: context?.clientId,
      caller: context?.caller,
      isFromClient: false,
      idempotent: false,
      ...facts,
    };
    return this.catalog.execute(call, signal);
  }

  private define(cls: Type<unknown>, codec: PayloadCodec, world: unknown): ObjectDefinition {
    const metadata = readObjectMetadata(cls) as ObjectMetadata;
    const { type, options } = metadata;
    const methods = [...metadata.methods.values()].map((method) => defineMethod(metadata, method, codec));
    return {
      cls,
      type,
      options,
      methods: new Map(methods.map((method) => [method.name, method])),
      construct: ({ context }) => new cls(context, this, world) as object,
    };
  }
}

function defineMethod(
  { cls, type, options }: ObjectMetadata,
  method: MethodMetadata,
  codec: PayloadCodec,
): MethodDefinition {
  const handler = (cls.prototype as Record<string | symbol, UserMethod>)[method.propertyKey] as UserMethod;
  const own = method.options.interleave ? 'interleave' : method.options.readOnly ? 'readOnly' : 'exclusive';
  return {
    name: method.name,
    options: method.options,
    mode: options.reentrancy === 'always' ? 'interleave' : own,
    argumentType: method.argumentType,
    takesArgument: method.takesArgument,
    argument: new ArgumentReader(
      { where: `${type}.${method.name}`, declared: method.argumentType, message: undefined },
      codec,
    ),
    invoker: directInvoker(handler, method.contextIndex),
  };
}
