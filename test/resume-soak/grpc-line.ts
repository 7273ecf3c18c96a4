import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { ClientServiceClient } from '../support/raw-protocol.js';

const PREFIX_BYTES = 5;

interface Definition<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (message: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

export interface GrpcLine<Request> {
  send(message: Request): void;
  /** Nothing more is sent. */
  finish(): void;
  cut(): void;
}

/**
 * A stream of the gate's gRPC service over a bare HTTP/2 connection: a gRPC library would take leave in order, and this must
 * be able to break off in the middle of a message.
 */
export function openGrpcLine<Request extends object, Response>(
  address: string,
  method: 'Register' | 'Connect',
  taken: (message: Response) => void,
  ended: () => void,
): GrpcLine<Request> {
  const { service } = ClientServiceClient as unknown as { service: Record<string, Definition<Request, Response>> };
  const { path, requestSerialize, responseDeserialize } = service[method]!;
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  const session = connectHttp2(`http://${address}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  socket.on('error', () => undefined);
  socket.on('close', ended);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => undefined);
  stream.on('end', () => socket.destroy());
  stream.on(
    'data',
    messagesOf((bytes) => taken(responseDeserialize(bytes))),
  );
  return {
    send: (message) => stream.write(framed(requestSerialize(message))),
    finish: () => stream.end(),
    cut: () => socket.destroy(),
  };
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Cuts a body into gRPC messages. */
function messagesOf(taken: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + rest.readUInt32BE(1);
      if (rest.length < end) return;
      taken(rest.subarray(PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
  };
}
