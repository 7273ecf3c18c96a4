import type {
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import type { ProtoServices } from '../../rpc/index.js';
import { grpcStatusOf } from '../../rpc/index.js';
import type { ClientErrors } from '../client-errors.js';
import { STREAM_OPENED } from '../client-streams.js';
import type { EnhancedHandler, HandlerBinder } from '../handler-binder.js';
import { ClientController } from './client.controller.js';
import type {
  CallObjectResponse,
  CreateObjectResponse,
  DeleteObjectResponse,
  RegisterMessage,
  RegisterRequest,
} from './client-messages.js';
import { grpcProtocol } from './grpc-protocol.js';
import { RegisterSink } from './register-sink.js';

const REGISTER_RESPONSE = 'goverse.client.RegisterResponse';

/** A gRPC service ready for `grpc.Server.addService`. */
export interface GrpcFace {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** `goverse.client.ClientService` on the controller, with the application's enhancers around every method. */
export function clientServiceFace(proto: ProtoServices, binder: HandlerBinder, errors: ClientErrors): GrpcFace {
  const bind = <T>(method: Extract<keyof ClientController, string>, accepts: (value: unknown) => value is T) =>
    binder.bind(ClientController, method, grpcProtocol, accepts);
  return {
    definition: writingSerialisedAny(proto),
    implementation: {
      CallObject: unary(bind('callObject', isCallResponse), errors),
      CreateObject: unary(bind('createObject', isCreateResponse), errors),
      DeleteObject: unary(bind('deleteObject', isObject<DeleteObjectResponse>), errors),
      Register: streaming(bind('register', isStreamOpened), errors),
    },
  };
}

/** Answers exactly once, whatever the handler does. */
function unary<T>(handler: EnhancedHandler<T>, errors: ClientErrors): handleUnaryCall<unknown, T> {
  return (call, answer: sendUnaryData<T>) => {
    handler(call.request, call.metadata, call).then(
      (response) => answer(null, response),
      (error: unknown) => answer(grpcStatusOf(errors.forClient(error))),
    );
  };
}

function streaming(
  handler: EnhancedHandler<unknown>,
  errors: ClientErrors,
): handleServerStreamingCall<RegisterRequest, RegisterMessage> {
  return (call) => {
    handler(call.request, call.metadata, call).catch((error: unknown) =>
      new RegisterSink(call).fail(errors.forClient(error)),
    );
  };
}

/** Pushes reach `Register` streams as bytes, encoded once for all clients; only the first message is made here. */
function writingSerialisedAny(proto: ProtoServices): ServiceDefinition {
  const register = proto.client['Register'] as ServiceDefinition[string];
  const response = proto.packageDefinition[REGISTER_RESPONSE] as MessageTypeDefinition<object, object>;
  const any = register.responseSerialize as (value: object) => Buffer;
  const responseSerialize = (message: RegisterMessage) =>
    message instanceof Uint8Array
      ? Buffer.from(message.buffer, message.byteOffset, message.byteLength)
      : any({ type_url: `type.googleapis.com/${REGISTER_RESPONSE}`, value: response.serialize(message) });
  return { ...proto.client, Register: { ...register, responseSerialize } };
}

function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null;
}

function isCallResponse(value: unknown): value is CallObjectResponse {
  return isObject<CallObjectResponse>(value) && value.payload instanceof Uint8Array;
}

function isCreateResponse(value: unknown): value is CreateObjectResponse {
  return isObject<CreateObjectResponse>(value) && typeof value.objectId === 'string';
}

function isStreamOpened(value: unknown): value is typeof STREAM_OPENED {
  return value === STREAM_OPENED;
}
