import type { sendUnaryData, ServerDuplexStream } from '@grpc/grpc-js';
import { loadPackageDefinition, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServiceClientConstructor, StatusObject } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

type Fields = Record<string, unknown>;
export type UnaryAnswer = (request: Fields, metadata: Metadata, answer: sendUnaryData<object>) => void;
type ConnectStream = ServerDuplexStream<Fields, object>;

/** `Connect` of `goverse.client.ClientService`, written from the proto files alone; answers are what the test says. */
export class GrpcGateDouble {
  readonly streams = new Set<ConnectStream>();
  readonly peers: string[] = [];
  onCall: UnaryAnswer = (_request, _metadata, answer) => answer(null, {});
  onCreate: UnaryAnswer = ({ objectId }, _metadata, answer) => answer(null, { objectId, created: true });
  onDelete: UnaryAnswer = (_request, _metadata, answer) => answer(null, {});
  onRegister: (stream: ConnectStream, seq: number) => void = (stream, seq) => this.register(stream, seq);
  private registered = 0;
  private pushed = 0;
  private readonly server = new Server();
  private readonly types = new protobuf.Root().loadSync(['proto/client.proto', 'proto/goverse.proto']);
  port = 0;

  static async start(port = 0): Promise<GrpcGateDouble> {
    const gate = new GrpcGateDouble();
    gate.server.addService(serviceOf(), { Connect: (stream: ConnectStream) => gate.accept(stream) });
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
    this.pushAny(this.any('goverse.JsonMessage', { type, json: Buffer.from(JSON.stringify(data)) }));
  }

  /** Pushes a message whose type the client does not know. */
  pushBytes(name: string, value: Uint8Array): void {
    this.pushAny({ type_url: `type.googleapis.com/${name}`, value });
  }

  /** As a gate that stops: what it has taken is answered. */
  endStreams(): void {
    const stopping = refusal(status.UNAVAILABLE, 'NOT_READY', 'This gate is stopping; connect to another one');
    for (const stream of this.streams) {
      stream.write({ seq: 0, goingAway: { reconnectAfterMs: 1 } });
      stream.emit('error', stopping);
    }
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private accept(stream: ConnectStream): void {
    this.streams.add(stream);
    this.peers.push(stream.getPeer());
    for (const event of ['close', 'cancelled', 'end']) stream.once(event, () => this.streams.delete(stream));
    stream.on('error', () => undefined);
    stream.on('data', (frame: Fields) => this.take(stream, frame));
  }

  private take(stream: ConnectStream, frame: Fields): void {
    const { seq, register, call, create } = frame as { seq: number } & Record<string, Fields | undefined>;
    const request = call ?? create ?? (frame['delete'] as Fields | undefined);
    if (register) this.onRegister(stream, seq);
    if (frame['ping']) stream.write({ seq, pong: {} });
    if (!request) return;
    const answer = call ? this.onCall : create ? this.onCreate : this.onDelete;
    answer(request, stream.metadata, (error, result) => {
      stream.write(error ? { seq, error: errorFrame(error as Partial<StatusObject>) } : { seq, result });
    });
  }

  private register(stream: ConnectStream, seq: number): void {
    const clientId = `127.0.0.1:49000/client-${++this.registered}`;
    stream.write({ seq, registered: { clientId, token: `token-${this.registered}` } });
  }

  private pushAny(message: object): void {
    const pushSeq = ++this.pushed;
    for (const stream of this.streams) stream.write({ seq: 0, push: { pushSeq, message } });
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

function errorFrame({ code, details, metadata }: Partial<StatusObject>): object {
  const said = (key: string) => metadata?.get(key)[0];
  const retryable = said('goverse-retryable');
  return {
    reason: said('goverse-reason'),
    code,
    message: details,
    ...(retryable === undefined ? {} : { retryable: retryable === 'true' }),
  };
}

function serviceOf(): ServiceClientConstructor['service'] {
  const loaded = loadPackageDefinition(loadSync('proto/client.proto', { longs: Number, defaults: true, oneofs: true }));
  const service = (loaded as unknown as { goverse: { client: { ClientService: ServiceClientConstructor } } }).goverse
    .client;
  return service.ClientService.service;
}
