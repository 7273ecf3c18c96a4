import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ProtoServices } from '../../rpc/index.js';
import type { ClientErrors } from '../client-errors.js';
import type { HandlerBinder } from '../handler-binder.js';
import { ClientController } from './client.controller.js';
import type { CallObjectResponse, CreateObjectResponse, DeleteObjectResponse } from './client-messages.js';
import { isObject, isStreamOpened, streaming, unary, writingSerialisedAny } from './grpc-handlers.js';
import { grpcProtocol } from './grpc-protocol.js';

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
    definition: writingSerialisedAny(proto, proto.client, 'goverse.client.RegisterResponse'),
    implementation: {
      CallObject: unary(bind('callObject', isCallResponse), errors),
      CreateObject: unary(bind('createObject', isCreateResponse), errors),
      DeleteObject: unary(bind('deleteObject', isObject<DeleteObjectResponse>), errors),
      Register: streaming(bind('register', isStreamOpened), errors),
    },
  };
}

function isCallResponse(value: unknown): value is CallObjectResponse {
  return isObject<CallObjectResponse>(value) && value.payload instanceof Uint8Array;
}

function isCreateResponse(value: unknown): value is CreateObjectResponse {
  return isObject<CreateObjectResponse>(value) && typeof value.objectId === 'string';
}
