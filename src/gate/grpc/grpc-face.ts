import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { WireReader, WireWriter } from '../../rpc/index.js';
import type { ProtoServices } from '../../rpc/index.js';
import type { HandlerBinder } from '../handler-binder.js';
import { ClientController } from './client.controller.js';
import type { CallObjectResponse, CreateObjectResponse, DeleteObjectResponse } from './client-messages.js';
import { isObject, isStreamOpened, streaming, unary, writingSerialisedAny } from './grpc-handlers.js';
import { connectFace } from './connect-face.js';
import type { ConnectParts } from './connect-face.js';
import { grpcProtocol } from './grpc-protocol.js';
import { CALL, readRequest } from './request-reader.js';

/** A gRPC service ready for `grpc.Server.addService`. */
export interface GrpcFace {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** `goverse.client.ClientService` on the controllers, with the application's enhancers around every method. */
export function clientServiceFace(proto: ProtoServices, binder: HandlerBinder, parts: ConnectParts): GrpcFace {
  const { errors } = parts;
  const bind = <T>(method: Extract<keyof ClientController, string>, accepts: (value: unknown) => value is T) =>
    binder.bind(ClientController, method, grpcProtocol, accepts);
  return {
    definition: {
      ...writingSerialisedAny(proto, proto.client, 'goverse.client.RegisterResponse'),
      Connect: carryingSerialisedFrames(proto),
      CallObject: readingByHand(proto),
    },
    implementation: {
      CallObject: unary(bind('callObject', isCallResponse), errors),
      CreateObject: unary(bind('createObject', isCreateResponse), errors),
      DeleteObject: unary(bind('deleteObject', isObject<DeleteObjectResponse>), errors),
      Register: streaming(bind('register', isStreamOpened), errors),
      Connect: connectFace(parts, binder),
    },
  };
}

/** Frames are read and written on our side of grpc-js, where payloads need not be copied. */
function carryingSerialisedFrames(proto: ProtoServices): ServiceDefinition[string] {
  const asBytes = (bytes: Buffer) => bytes;
  return {
    ...(proto.client['Connect'] as ServiceDefinition[string]),
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
  };
}

/** The method of most calls: `proto-loader` makes three objects of each message. */
function readingByHand(proto: ProtoServices): ServiceDefinition[string] {
  const [reader, writer] = [new WireReader(), new WireWriter()];
  return {
    ...(proto.client['CallObject'] as ServiceDefinition[string]),
    requestDeserialize: (bytes: Buffer) => readRequest(reader, reader.reset(bytes), CALL),
    responseSerialize: ({ payload }: CallObjectResponse) => {
      writer.reset().bytes(1, payload);
      return writer.finish();
    },
  };
}

function isCallResponse(value: unknown): value is CallObjectResponse {
  return isObject<CallObjectResponse>(value) && value.payload instanceof Uint8Array;
}

function isCreateResponse(value: unknown): value is CreateObjectResponse {
  return isObject<CreateObjectResponse>(value) && typeof value.objectId === 'string';
}
