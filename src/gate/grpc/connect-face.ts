import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { goverseError } from '../../core/index.js';
import type { LiveConnections } from '../../rpc/index.js';
import { FAREWELL } from '../client-streams.js';
import { bindFrames } from '../connect/bind-frames.js';
import { FrameExchange } from '../connect/frame-exchange.js';
import type { FrameExchangeParts } from '../connect/frame-exchange.js';
import type { HandlerBinder } from '../handler-binder.js';
import { decodeClientFrame } from './client-frame-codec.js';
import { ConnectCarrier } from './connect-carrier.js';
import type { ConnectCall } from './connect-carrier.js';
import { ConnectController } from './connect.controller.js';
import { grpcProtocol } from './grpc-protocol.js';
import { grpcSource } from './grpc-source.js';

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
  return (call) => {
    bound.connect(undefined, call.metadata, call).then(
      () =>
        exchangeFrames(call, { ...parts, handlers: bound.handlers((request, open) => [request, call.metadata, open]) }),
      (error: unknown) => new ConnectCarrier(call, () => {}).end(parts.errors.forClient(error)),
    );
  };
}

function exchangeFrames(call: ConnectCall, parts: ConnectParts & Pick<FrameExchangeParts, 'handlers'>): void {
  const peer = call.getPeer();
  const source = grpcSource(call.metadata, peer);
  const carrier = new ConnectCarrier(call, () => exchange.drained());
  const exchange = new FrameExchange({ ...parts, carrier, source });
  const closed = () => exchange.closed(parts.live.endsInOrder(peer) ? FAREWELL : undefined);
  call.once('close', closed).once('cancelled', closed);
  if (call.cancelled) {
    closed();
    return;
  }
  call.on('end', () => exchange.halfClosed());
  call.on('data', (bytes: Buffer) => receive(exchange, bytes));
}

function receive(exchange: FrameExchange, bytes: Buffer): void {
  let frame;
  try {
    frame = decodeClientFrame(bytes);
  } catch (cause) {
    exchange.refuse(goverseError('INVALID_ARGUMENT', 'The stream brought bytes that are no ClientFrame', { cause }));
    return;
  }
  exchange.receive(frame);
}
