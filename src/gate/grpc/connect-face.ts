import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { goverseError } from '../../core/index.js';
import { MESSAGE_OVERHEAD_BYTES } from '../../rpc/index.js';
import type { LiveConnections } from '../../rpc/index.js';
import { FAREWELL } from '../client-streams.js';
import { bindFrames } from '../connect/bind-frames.js';
import { FrameExchange } from '../connect/frame-exchange.js';
import type { FrameExchangeParts } from '../connect/frame-exchange.js';
import type { HandlerBinder } from '../handler-binder.js';
import { ClientFrameReader } from './client-frame-reader.js';
import { ConnectCarrier } from './connect-carrier.js';
import type { ConnectCall } from './connect-carrier.js';
import { ConnectController } from './connect.controller.js';
import { grpcProtocol } from './grpc-protocol.js';
import { grpcSource } from './grpc-source.js';
import { ServerFrameWriter } from './server-frame-writer.js';

/** Path of the method on the wire. */
export const CONNECT_PATH = '/goverse.client.ClientService/Connect';

export type ConnectParts = Pick<FrameExchangeParts, 'errors' | 'exchanges' | 'maxPayloadBytes'> & {
  /** Those of the server. */
  readonly live: LiveConnections;
};

/** `ClientService.Connect`: an exchange of frames on each stream. */
export function connectFace(
  parts: ConnectParts,
  binder: HandlerBinder,
): handleBidiStreamingCall<Buffer, readonly Uint8Array[]> {
  const bound = bindFrames(binder, ConnectController, { stream: grpcProtocol, frames: grpcProtocol });
  const codec = { reader: new ClientFrameReader(), writer: new ServerFrameWriter() };
  return (call) => {
    bound.connect(undefined, call.metadata, call).then(
      () => {
        const handlers = bound.handlers((request, open) => [request, call.metadata, open]);
        exchangeFrames(call, { ...parts, ...codec, handlers });
      },
      (error: unknown) => new ConnectCarrier(call, codec.writer, () => {}).end(parts.errors.forClient(error)),
    );
  };
}

type StreamParts = ConnectParts &
  Pick<FrameExchangeParts, 'handlers'> & { readonly reader: ClientFrameReader; readonly writer: ServerFrameWriter };

function exchangeFrames(call: ConnectCall, parts: StreamParts): void {
  const peer = call.getPeer();
  const source = grpcSource(call.metadata, peer);
  const carrier = new ConnectCarrier(call, parts.writer, () => exchange.drained());
  const exchange = new FrameExchange({ ...parts, carrier, source });
  const closed = () => exchange.closed(parts.live.endsInOrder(peer) ? FAREWELL : undefined);
  call.once('close', closed).once('cancelled', closed);
  if (call.cancelled) {
    closed();
    return;
  }
  call.on('end', () => exchange.halfClosed());
  carrier.listen((bytes) => receive(exchange, parts.reader, bytes), parts.maxPayloadBytes + MESSAGE_OVERHEAD_BYTES);
}

function receive(exchange: FrameExchange, reader: ClientFrameReader, bytes: Buffer): void {
  let frame;
  try {
    frame = reader.read(bytes);
  } catch (cause) {
    exchange.refuse(goverseError('INVALID_ARGUMENT', 'The stream brought bytes that are no ClientFrame', { cause }));
    return;
  }
  exchange.receive(frame);
}
