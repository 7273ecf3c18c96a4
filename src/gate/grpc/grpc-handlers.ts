import type { handleServerStreamingCall, handleUnaryCall, sendUnaryData, ServiceDefinition } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import type { ProtoServices } from '../../rpc/index.js';
import { grpcStatusOf } from '../../rpc/index.js';
import type { ClientErrors } from '../client-errors.js';
import { STREAM_OPENED } from '../client-streams.js';
import type { EnhancedHandler } from '../handler-binder.js';
import { RegisterSink } from './register-sink.js';

/** Answers exactly once, whatever the handler does. */
export function unary<T>(handler: EnhancedHandler<T>, errors: ClientErrors): handleUnaryCall<unknown, T> {
  return (call, answer: sendUnaryData<T>) => {
    handler(call.request, call.metadata, call).then(
      (response) => answer(null, response),
      (error: unknown) => answer(grpcStatusOf(errors.forClient(error))),
    );
  };
}

/** A stream whose handler hands it over to its client, or fails it. */
export function streaming(
  handler: EnhancedHandler<typeof STREAM_OPENED>,
  errors: ClientErrors,
): handleServerStreamingCall<unknown, readonly object[]> {
  return (call) => {
    handler(call.request, call.metadata, call).catch((error: unknown) =>
      new RegisterSink(call).fail(errors.forClient(error)),
    );
  };
}

/**
 * A service whose `Register` writes pushes as bytes, encoded once for all clients. Only the first message of a stream, of
 * the type `firstMessage`, is made here.
 */
export function writingSerialisedAny(
  { packageDefinition }: ProtoServices,
  service: ServiceDefinition,
  firstMessage: string,
): ServiceDefinition {
  const register = service['Register'] as ServiceDefinition[string];
  const first = packageDefinition[firstMessage] as MessageTypeDefinition<object, object>;
  const any = register.responseSerialize as (value: object) => Buffer;
  const responseSerialize = (message: object) =>
    message instanceof Uint8Array
      ? Buffer.from(message.buffer, message.byteOffset, message.byteLength)
      : any({ type_url: `type.googleapis.com/${firstMessage}`, value: first.serialize(message) });
  return { ...service, Register: { ...register, responseSerialize } };
}

export function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null;
}

export function isStreamOpened(value: unknown): value is typeof STREAM_OPENED {
  return value === STREAM_OPENED;
}
