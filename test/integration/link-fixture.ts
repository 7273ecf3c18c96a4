import { afterEach } from 'vitest';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import type { CallResult, ObjectCall } from '../../src/core/index.js';
import { systemClock, uniqueId } from '../../src/core/index.js';
import type { LinkHandler, LinkPeer, LinkPoolOptions, LinkServerOptions } from '../../src/rpc/index.js';
import {
  GrpcListener,
  LinkPool,
  LinkServer,
  LinkSockets,
  MESSAGE_OVERHEAD_BYTES,
  goverseServiceDefinition,
  loadProto,
} from '../../src/rpc/index.js';

export const MAX_PAYLOAD = 64 * 1024;
export const never: AbortSignal = new AbortController().signal;
const proto = loadProto();

export function peerAt(address: string, role: LinkPeer['role'] = 'node'): LinkPeer {
  return { address, startId: uniqueId(), role };
}

export function aCall(facts: Partial<ObjectCall> = {}): ObjectCall {
  return {
    verb: 'call',
    objectId: 'Echo-1',
    method: 'Echo',
    payload: { kind: 'msgpack', bytes: Buffer.from('hello') },
    callId: uniqueId(),
    chain: [],
    deadline: Date.now() + 20_000,
    isFromClient: false,
    idempotent: false,
    ...facts,
  };
}

export const echo: LinkHandler['execute'] = async (call): Promise<CallResult> => ({ payload: call.payload });

export interface ServedNode {
  readonly address: string;
  readonly links: LinkServer;
  readonly listener: GrpcListener;
}

export interface ServeOptions extends Partial<Omit<LinkServerOptions, 'handler'>> {
  readonly handler?: Partial<LinkHandler>;
  readonly listen?: string;
  /** What the process says its address is, if not where it listens. */
  readonly advertise?: string;
  /** Other methods of goverse.Goverse. */
  readonly methods?: Record<string, unknown>;
  /** `grpc`: takes no sockets. Default: `auto`. */
  readonly transport?: 'auto' | 'grpc';
}

/** A process that takes links on a free port. */
export async function serveNode(options: ServeOptions = {}): Promise<ServedNode> {
  const { handler, listen = '127.0.0.1:0', advertise, methods, transport = 'auto', ...rest } = options;
  const self = { address: advertise ?? '', startId: uniqueId(), role: 'node' as const };
  const sockets =
    transport === 'auto'
      ? new LinkSockets(options.clock ?? systemClock, MAX_PAYLOAD + MESSAGE_OVERHEAD_BYTES)
      : undefined;
  const links = new LinkServer({
    self,
    maxPayloadBytes: MAX_PAYLOAD,
    sockets,
    handler: { execute: echo, pushReport: () => undefined, ...handler },
    ...rest,
  });
  const listener = await GrpcListener.start({
    listen,
    maxPayloadBytes: MAX_PAYLOAD,
    sockets,
    register: (server) =>
      server.addService(goverseServiceDefinition(proto), { Link: links.serve, ...methods } as never),
  });
  if (advertise === undefined) self.address = listener.address;
  return { address: listener.address, links, listener };
}

export function poolOf(options: Partial<LinkPoolOptions> = {}): LinkPool {
  return new LinkPool({ self: peerAt('127.0.0.1:1'), maxPayloadBytes: MAX_PAYLOAD, sockets: true, ...options });
}

/** Something a test waits for, with the value it happened with. */
export interface Happening<T> {
  readonly happened: Promise<T>;
  happen(value: T): void;
}

export function happening<T = void>(): Happening<T> {
  const { promise, resolve } = withResolvers<T>();
  return { happened: promise, happen: resolve };
}

export function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** The raw rpc, for tests that misbehave on purpose. */
export interface RawClient {
  link(): ClientDuplexStream<object, object>;
  registerGate(request: { gateAddr: string }): ClientReadableStream<object>;
  close(): void;
}

export function rawClient(address: string): RawClient {
  const Goverse = makeGenericClientConstructor(proto.goverse, 'Goverse');
  const client = new Goverse(address, credentials.createInsecure());
  const methods = client as unknown as { Link: RawClient['link']; RegisterGate: RawClient['registerGate'] };
  return {
    link: () => methods.Link(),
    registerGate: (request) => methods.RegisterGate(request),
    close: () => client.close(),
  };
}

/** Nodes and pools that end with the test that made them. */
export function useLinks(): {
  node: (options?: ServeOptions) => Promise<ServedNode>;
  pool: (options?: Parameters<typeof poolOf>[0]) => LinkPool;
  /** Last come, first gone. */
  cleanups: (() => unknown)[];
} {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  return {
    cleanups,
    node: async (options) => {
      const served = await serveNode(options);
      cleanups.push(() => served.listener.close(0));
      return served;
    },
    pool: (options) => {
      const made = poolOf(options);
      cleanups.push(() => made.close());
      return made;
    },
  };
}
