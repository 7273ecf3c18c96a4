import { Metadata, status } from '@grpc/grpc-js';
import type {
  CallOptions,
  Client,
  ClientReadableStream,
  ClientUnaryCall,
  ServiceClientConstructor,
  ServiceError,
} from '@grpc/grpc-js';

type Message = Record<string, unknown>;

interface Codec {
  path: string;
  requestSerialize: (message: Message) => Buffer;
  responseDeserialize: (bytes: Buffer) => Message;
}

export interface RawCallOptions extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes to send instead of a message. */
  readonly bytes?: Buffer;
}

/** What a caller sees of an error: nothing but status, text and metadata. */
export class RawFailure extends Error {
  readonly code: string;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(error: ServiceError) {
    super(error.message, { cause: error });
    this.code = status[error.code] ?? String(error.code);
    this.details = error.details;
    this.metadata = error.metadata ?? new Metadata();
  }

  get reason(): string | undefined {
    return this.header('goverse-reason');
  }

  header(name: string): string | undefined {
    return this.metadata.get(name)[0]?.toString();
  }
}

/** A unary call that can be cancelled. */
export interface RawCall<Response> extends Promise<Response> {
  cancel(): void;
}

/** Makes a unary call; rejects with `RawFailure`. */
export function callUnary<Response>(
  client: Client,
  method: string,
  message: Message,
  options: RawCallOptions = {},
): RawCall<Response> {
  const { headers, bytes, ...callOptions } = options;
  const codec = codecOf(client, method);
  const serialize = bytes ? () => bytes : codec.requestSerialize;
  let call: ClientUnaryCall | undefined;
  const answer = new Promise<Message>((resolve, reject) => {
    call = client.makeUnaryRequest(
      codec.path,
      serialize,
      codec.responseDeserialize,
      message,
      metadataOf(headers),
      callOptions,
      (error, response) => {
        if (error) reject(new RawFailure(error));
        else resolve(response!);
      },
    );
  });
  return Object.assign(answer as Promise<Response>, { cancel: () => call?.cancel() });
}

/** Opens a stream of the server. */
export function openStream<Response>(
  client: Client,
  method: string,
  message: Message,
  headers?: Readonly<Record<string, string>>,
): ClientReadableStream<Response> {
  const codec = codecOf(client, method);
  return client.makeServerStreamRequest(
    codec.path,
    codec.requestSerialize,
    codec.responseDeserialize,
    message,
    metadataOf(headers),
  ) as unknown as ClientReadableStream<Response>;
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<RawFailure> {
  const outcome = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => error,
  );
  if (outcome instanceof RawFailure) return outcome;
  throw new Error('The call did not fail as a gRPC call', { cause: outcome });
}

function codecOf(client: Client, method: string): Codec {
  const { service } = client.constructor as ServiceClientConstructor;
  const definition = service[method];
  if (!definition) throw new Error(`The service has no method ${method}`);
  return definition as unknown as Codec;
}

function metadataOf(headers: Readonly<Record<string, string>> = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
