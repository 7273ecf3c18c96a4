import type { Provider } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { credentials, makeGenericClientConstructor, Metadata } from '@grpc/grpc-js';
import type { GateConfig, GoverseGateOptions } from '../../src/config/index.js';
import type { CallResult, ObjectCall } from '../../src/core/index.js';
import { EMPTY_BYTES, MessageRegistry, PayloadCodec, systemClock } from '../../src/core/index.js';
import type { ClusterSide } from '../../src/gate/index.js';
import { GATE_CONFIG, GateRuntime, GoverseGateModule } from '../../src/gate/index.js';
import type { EnvelopeReport, PushEnvelope } from '../../src/rpc/index.js';
import type { ObjectTypeInfo } from '../../src/core/index.js';
import { loadProto } from '../../src/rpc/index.js';

export type Answer = (call: ObjectCall, signal: AbortSignal) => Promise<CallResult> | CallResult;

/** Stands for the cluster behind a gate: answers calls as a test says and sends envelopes as nodes do. */
export class StandInCluster implements ClusterSide {
  readonly calls: ObjectCall[] = [];
  readonly embeddedEtcd = undefined;
  readonly log: string[] = [];
  ready = true;
  types: ObjectTypeInfo[] = [];
  private receive: ((envelope: PushEnvelope) => EnvelopeReport) | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(public answer: Answer = () => ({ payload: { kind: 'opaque', bytes: EMPTY_BYTES } })) {}

  readonly target = {
    execute: async (call: ObjectCall, signal: AbortSignal): Promise<CallResult> => {
      this.calls.push(call);
      return this.answer(call, signal);
    },
  };

  async start(identity: { address: string }, receive: (envelope: PushEnvelope) => EnvelopeReport): Promise<void> {
    this.log.push(`start ${identity.address}`);
    this.receive = receive;
  }

  async describe(): Promise<ObjectTypeInfo[]> {
    this.log.push('describe');
    return this.types;
  }

  readiness() {
    return this.ready ? { ready: true } : { ready: false, reason: 'the stand-in is not ready' };
  }

  onReadiness(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  setReady(ready: boolean): void {
    this.ready = ready;
    for (const listener of this.listeners) listener();
  }

  async stop(): Promise<void> {
    this.log.push('stop');
  }

  peers(): string[] {
    return [];
  }

  kill(): void {
    this.log.push('kill');
  }

  /** Pushes `{ type, data }` as a node would. */
  push(clientIds: string[] | undefined, type: string, data: unknown): EnvelopeReport {
    if (!this.receive) throw new Error('The gate has not started the cluster');
    return this.receive({ clientIds, message: codec.encodePush({ type, data }), pushId: 7 });
  }
}

export const codec = new PayloadCodec(MessageRegistry.load([]));

export interface TestGate {
  readonly app: NestFastifyApplication;
  readonly runtime: GateRuntime;
  readonly cluster: StandInCluster;
  readonly http: string;
  /** What the gate logged. */
  readonly log: readonly string[];
  client(): TestClient;
  close(): Promise<void>;
}

export interface TestGateOptions {
  readonly options?: GoverseGateOptions;
  readonly answer?: Answer;
  readonly providers?: Provider[];
  readonly configure?: (app: NestFastifyApplication) => void;
}

/** A whole gate in a Nest application, on free ports, in front of a stand-in for the cluster. */
export async function startTestGate(test: TestGateOptions = {}): Promise<TestGate> {
  const cluster = new StandInCluster(test.answer);
  const options = { listen: '127.0.0.1:0', httpListen: '127.0.0.1:0', drainTimeoutMs: 5_000, ...test.options };
  const log: string[] = [];
  const note = (message: string) => void log.push(message);
  const logger = { log: note, warn: note, error: note };
  const factory = (config: GateConfig) => new GateRuntime({ config, cluster, codec, clock: systemClock, logger });
  const module = await Test.createTestingModule({
    imports: [GoverseGateModule.forRoot(options)],
    providers: test.providers ?? [],
  })
    .overrideProvider(GateRuntime)
    .useFactory({ factory, inject: [GATE_CONFIG] })
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  test.configure?.(app);
  await app.init();
  const runtime = app.get(GateRuntime);
  const clients: TestClient[] = [];
  return {
    app,
    runtime,
    cluster,
    log,
    http: `http://${runtime.httpAddress}`,
    client: () => {
      const client = new TestClient(runtime.address);
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.close();
      await app.close();
    },
  };
}

const proto = loadProto();
const ClientService = makeGenericClientConstructor(proto.client, 'ClientService');

type Unary = (
  request: object,
  metadata: Metadata,
  options: object,
  done: (error: ServiceError | null, value: never) => void,
) => { cancel(): void };

/** A gRPC client with a connection of its own. */
export class TestClient {
  private readonly grpc: Client & Record<string, unknown>;

  constructor(address: string) {
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': -1 };
    this.grpc = new ClientService(address, credentials.createInsecure(), options) as unknown as Client &
      Record<string, unknown>;
  }

  unary<T>(method: string, request: object, headers: Record<string, string> = {}, options: object = {}): Promise<T> {
    return this.start<T>(method, request, headers, options).answer;
  }

  start<T>(
    method: string,
    request: object,
    headers: Record<string, string> = {},
    options: object = {},
  ): { answer: Promise<T>; cancel(): void } {
    let cancel = () => {};
    const answer = new Promise<T>((resolve, reject) => {
      const call = (this.grpc[method] as Unary).call(
        this.grpc,
        request,
        metadataOf(headers),
        options,
        (error, value) => {
          if (error) reject(error);
          else resolve(value as T);
        },
      );
      cancel = () => call.cancel();
    });
    return { answer, cancel: () => cancel() };
  }

  call(
    objectId: string,
    method: string,
    payload: unknown,
    more: object = {},
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const bytes = payload === undefined ? EMPTY_BYTES : Buffer.from(JSON.stringify(payload));
    const answer = this.unary<{ payload: Buffer }>(
      'CallObject',
      { objectId, method, payload: bytes, ...more },
      headers,
    );
    return answer.then(({ payload: result }) =>
      result.length === 0 ? undefined : (JSON.parse(result.toString()) as unknown),
    );
  }

  /** Sends bytes that no serialiser has seen. */
  raw(path: string, bytes: Buffer): Promise<Buffer> {
    const same = (value: Buffer) => value;
    return new Promise((resolve, reject) => {
      this.grpc.makeUnaryRequest(path, same, same, bytes, (error, value) =>
        error ? reject(error) : resolve(value as Buffer),
      );
    });
  }

  /** Sends messages that no serialiser has seen on a stream; resolves with its status. */
  rawStream(path: string, messages: readonly Buffer[]): Promise<{ code: number; details: string; metadata: Metadata }> {
    const same = (value: Buffer) => value;
    const stream = this.grpc.makeBidiStreamRequest(path, same, same);
    stream.on('error', () => {}).on('data', () => {});
    for (const message of messages) stream.write(message);
    return new Promise((resolve) => stream.on('status', resolve));
  }

  register(headers: Record<string, string> = {}, request: object = {}): Registered {
    const stream = (this.grpc['Register'] as (r: object, m: Metadata) => ClientReadableStream<AnyMessage>).call(
      this.grpc,
      request,
      metadataOf(headers),
    );
    return new Registered(stream);
  }

  close(): void {
    this.grpc.close();
  }
}

interface AnyMessage {
  type_url: string;
  value: Buffer;
}

/** A `Register` stream, read message by message. */
export class Registered {
  private readonly iterator: AsyncIterator<AnyMessage>;
  /** What the stream ended with. */
  readonly status: Promise<{ code: number; details: string; metadata: Metadata }>;

  constructor(readonly stream: ClientReadableStream<AnyMessage>) {
    this.status = new Promise((resolve) => stream.on('status', resolve));
    stream.on('error', () => {});
    this.iterator = stream[Symbol.asyncIterator]();
  }

  async first(): Promise<{ clientId: string; token: string; resumed: boolean }> {
    const any = await this.any();
    if (any.type_url !== 'type.googleapis.com/goverse.client.RegisterResponse')
      throw new Error(`not a RegisterResponse: ${any.type_url}`);
    const type = proto.packageDefinition['goverse.client.RegisterResponse'] as unknown as {
      deserialize(bytes: Buffer): { clientId: string; token: string; resumed: boolean };
    };
    return type.deserialize(any.value);
  }

  async push(): Promise<{ type: string; data: unknown }> {
    const any = await this.any();
    const type = proto.packageDefinition['google.protobuf.Any'] as unknown as { serialize(any: AnyMessage): Buffer };
    return codec.decodePush(type.serialize(any));
  }

  cancel(): void {
    this.stream.cancel();
  }

  private async any(): Promise<AnyMessage> {
    const { value, done } = await this.iterator.next();
    if (done) throw new Error('The stream has ended');
    return value;
  }
}

export function metadataOf(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return metadata;
}

/** The result of a method, as a node encodes it for a request of this kind. */
export function json(call: ObjectCall, value: unknown): CallResult {
  return { payload: codec.encodeResult(call.payload, value) };
}

/** The argument of a call, as a node reads it. */
export function argumentOf(call: ObjectCall): unknown {
  return codec.decodeArgument(call.payload);
}

/** gRPC code and reason of a refusal. */
export async function refusal(
  answer: Promise<unknown>,
): Promise<{ code: number; reason: unknown; message: string; metadata: Metadata }> {
  try {
    await answer;
  } catch (error) {
    const { code, metadata, details } = error as ServiceError;
    return { code, reason: metadata.get('goverse-reason')[0], message: details, metadata };
  }
  throw new Error('It was not refused');
}

/** A promise and how to settle it. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
