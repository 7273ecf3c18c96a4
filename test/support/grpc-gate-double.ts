import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { loadPackageDefinition, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServiceClientConstructor, status, StatusObject } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

type Fields = Record<string, unknown>;
export type UnaryAnswer = (request: Fields, metadata: Metadata, answer: sendUnaryData<object>) => void;
type RegisterStream = ServerWritableStream<Fields, object>;

/** `goverse.client.ClientService`, written from the proto files alone; answers are what the test says. */
export class GrpcGateDouble {
  readonly streams = new Set<RegisterStream>();
  readonly peers: string[] = [];
  onCall: UnaryAnswer = (_request, _metadata, answer) => answer(null, {});
  onCreate: UnaryAnswer = ({ objectId }, _metadata, answer) => answer(null, { objectId, created: true });
  onDelete: UnaryAnswer = (_request, _metadata, answer) => answer(null, {});
  onRegister: (stream: RegisterStream) => void = (stream) => this.register(stream);
  private registered = 0;
  private readonly server = new Server();
  private readonly types = new protobuf.Root().loadSync(['proto/client.proto', 'proto/goverse.proto']);
  port = 0;

  static async start(port = 0): Promise<GrpcGateDouble> {
    const gate = new GrpcGateDouble();
    gate.server.addService(serviceOf(), {
      Register: (stream: RegisterStream) => gate.onRegister(stream),
      CallObject: gate.unary((...call) => gate.onCall(...call)),
      CreateObject: gate.unary((...call) => gate.onCreate(...call)),
      DeleteObject: gate.unary((...call) => gate.onDelete(...call)),
    });
    gate.port = await new Promise<number>((resolve, reject) => {
      gate.server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return gate;
  }

  get url(): string {
    return `grpc://127.0.0.1:${this.port}`;
  }

  push(type: string, data: unknown): void {
    const json = Buffer.from(JSON.stringify(data));
    for (const stream of this.streams) stream.write(this.any('goverse.JsonMessage', { type, json }));
  }

  /** Pushes a message whose type the client does not know. */
  pushBytes(name: string, value: Uint8Array): void {
    for (const stream of this.streams) stream.write({ type_url: `type.googleapis.com/${name}`, value });
  }

  endStreams(): void {
    for (const stream of this.streams) stream.end();
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private register(stream: RegisterStream): void {
    this.streams.add(stream);
    this.peers.push(stream.getPeer());
    stream.once('close', () => this.streams.delete(stream));
    stream.once('cancelled', () => this.streams.delete(stream));
    const clientId = `127.0.0.1:49000/client-${++this.registered}`;
    stream.write(this.any('goverse.client.RegisterResponse', { clientId, token: `token-${this.registered}` }));
  }

  private unary(answer: UnaryAnswer) {
    return (call: ServerUnaryCall<Fields, object>, callback: sendUnaryData<object>) => {
      this.peers.push(call.getPeer());
      answer(call.request, call.metadata, callback);
    };
  }

  private any(name: string, fields: Fields): object {
    const type = this.types.lookupType(name);
    return { type_url: `type.googleapis.com/${name}`, value: type.encode(type.fromObject(fields)).finish() };
  }
}

/** A status as a gate gives it: with its reason in the metadata. */
export function refusal(code: status, reason: string, details: string): Partial<StatusObject> {
  const metadata = new Metadata();
  metadata.set('goverse-reason', reason);
  return { code, details, metadata };
}

function serviceOf(): ServiceClientConstructor['service'] {
  const loaded = loadPackageDefinition(loadSync('proto/client.proto', { longs: Number, defaults: true, oneofs: true }));
  const service = (loaded as unknown as { goverse: { client: { ClientService: ServiceClientConstructor } } }).goverse
    .client;
  return service.ClientService.service;
}
