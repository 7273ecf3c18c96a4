import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, Metadata, type ChannelOptions, type ServiceError } from '@grpc/grpc-js';
import type { Client, ClientDuplexStream, ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A decoded message: what proto-loader gives with int64 and enums as strings. */
export type Message = Record<string, unknown>;
export type MessageStream = ClientDuplexStream<Message, Message>;
export type EtcdService = 'KV' | 'Watch' | 'Lease' | 'Maintenance' | 'Cluster' | 'Auth';

const SERVICES: readonly EtcdService[] = ['KV', 'Watch', 'Lease', 'Maintenance', 'Cluster', 'Auth'];

/** etcd's v3 API with nothing in between: for what the `etcd3` client hides. */
export class EtcdRawClient {
  private readonly clients: Record<EtcdService, Client>;

  constructor(
    readonly endpoint: string,
    options: ChannelOptions = {},
  ) {
    const constructors = loadConstructors();
    const entries = SERVICES.map((name) => [
      name,
      new constructors[name](endpoint, credentials.createInsecure(), options),
    ]);
    this.clients = Object.fromEntries(entries) as Record<EtcdService, Client>;
  }

  /** Calls a unary method; rejects with grpc-js's ServiceError (`code`, `details`). */
  call(
    service: EtcdService,
    method: string,
    request: Message,
    deadlineMs = 10_000,
    { waitForReady = false } = {},
  ): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(this.clients[service], method);
    return new Promise((resolve, reject) => {
      this.clients[service].makeUnaryRequest<Message, Message>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata({ waitForReady }),
        { deadline: Date.now() + deadlineMs },
        (error: ServiceError | null, response?: Message) => (error ? reject(error) : resolve(response ?? {})),
      );
    });
  }

  stream(service: EtcdService, method: string): MessageStream {
    const { path, requestSerialize, responseDeserialize } = definitionOf(this.clients[service], method);
    return this.clients[service].makeBidiStreamRequest<Message, Message>(path, requestSerialize, responseDeserialize);
  }

  /** Sends bytes as they are, as a request of a unary method. */
  callWithBytes(service: EtcdService, method: string, bytes: Buffer): Promise<Message> {
    const { path, responseDeserialize } = definitionOf(this.clients[service], method);
    return new Promise((resolve, reject) => {
      this.clients[service].makeUnaryRequest<Buffer, Message>(
        path,
        (value) => value,
        responseDeserialize,
        bytes,
        (error: ServiceError | null, response?: Message) => (error ? reject(error) : resolve(response ?? {})),
      );
    });
  }

  /** A stream that sends bytes as they are. */
  streamOfBytes(service: EtcdService, method: string): ClientDuplexStream<Buffer, Message> {
    const { path, responseDeserialize } = definitionOf(this.clients[service], method);
    return this.clients[service].makeBidiStreamRequest<Buffer, Message>(path, (value) => value, responseDeserialize);
  }

  close(): void {
    for (const client of Object.values(this.clients)) client.close();
  }
}

interface MethodCodec {
  path: string;
  requestSerialize: (value: Message) => Buffer;
  responseDeserialize: (bytes: Buffer) => Message;
}

function definitionOf(client: Client, method: string): MethodCodec {
  const { service } = client.constructor as ServiceClientConstructor;
  const definition = service[method];
  if (definition === undefined) throw new Error(`etcd's API has no method ${method}`);
  return definition as unknown as MethodCodec;
}

function loadConstructors(): Record<EtcdService, ServiceClientConstructor> {
  const shipped = createRequire(import.meta.url).resolve('etcd3');
  const definition = loadSync(join(dirname(shipped), '..', 'proto', 'rpc.proto'), {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return loadPackageDefinition(definition)['etcdserverpb'] as unknown as Record<EtcdService, ServiceClientConstructor>;
}
