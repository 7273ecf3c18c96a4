import type { ChannelOptions, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { loadProto } from '../rpc/proto-files.js';
import type { Push, Registration } from './transport.js';

/** Read once, when the first gRPC connection loads this file. */
const contract = loadProto();
const REGISTERED = 'goverse.client.RegisterResponse';
const JSON_MESSAGE = 'goverse.JsonMessage';

type UnaryMethod = 'CallObject' | 'CreateObject' | 'DeleteObject';
type Message = Record<string, unknown>;

interface AnyMessage {
  readonly type_url: string;
  readonly value: Uint8Array;
}

/** Finds a dead gate in 30 s + 10 s; a channel of its own, as the connection proves whose calls these are. */
const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
};

/** `goverse.client.ClientService` of one gate over one connection (proto/client.proto). */
export class ClientService {
  private readonly client: Client;
  /** @param address `host:port` */
  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);
  }

  /** Opens the stream of pushes; its messages go to `readRegistration` (the first one) and `readPush`. */
  register(headers: Readonly<Record<string, string>>): ClientReadableStream<AnyMessage> {
    const { path, requestSerialize, responseDeserialize } = contract.client['Register']!;
    const read = responseDeserialize as (bytes: Buffer) => AnyMessage;
    return this.client.makeServerStreamRequest<object, AnyMessage>(
      path,
      requestSerialize,
      read,
      {},
      metadataOf(headers),
    );
  }

  /** Rejects with grpc-js's `ServiceError`; aborting `signal` cancels the call. */
  call(
    method: UnaryMethod,
    request: Message,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = contract.client[method]!;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const settle = (error: ServiceError | null, response?: Message) => {
        signal.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(response ?? {});
      };
      const options = { deadline: Date.now() + timeoutMs };
      const read = responseDeserialize as (bytes: Buffer) => Message;
      const call = this.client.makeUnaryRequest(
        path,
        requestSerialize,
        read,
        request,
        metadataOf(headers),
        options,
        settle,
      );
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Undefined if the message is no RegisterResponse. */
  readRegistration(message: AnyMessage): Registration | undefined {
    if (nameOf(message) !== REGISTERED) return undefined;
    return decode(REGISTERED, message) as Registration;
  }

  readPush(message: AnyMessage): Push {
    const name = nameOf(message);
    if (name !== JSON_MESSAGE) return { type: name, data: message.value };
    const { type, json } = decode(JSON_MESSAGE, message) as { type: string; json: Uint8Array };
    return { type, data: json.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(json)) };
  }

  /** Calls that run are finished. */
  close(): void {
    this.client.close();
  }
}

function decode(name: string, message: AnyMessage): object {
  const type = contract.packageDefinition[name] as MessageTypeDefinition<object, object>;
  return type.deserialize(message.value as Buffer);
}

/** What stands behind the last slash of the type URL. */
function nameOf(message: AnyMessage): string {
  return message.type_url.slice(message.type_url.lastIndexOf('/') + 1);
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return metadata;
}
