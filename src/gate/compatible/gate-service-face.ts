import type { handleUnaryCall } from '@grpc/grpc-js';
import type { ProtoServices } from '../../rpc/index.js';
import type { ClientErrors } from '../client-errors.js';
import type { GrpcFace } from '../grpc/grpc-face.js';
import { isObject, isStreamOpened, streaming, unary, writingSerialisedAny } from '../grpc/grpc-handlers.js';
import { grpcProtocol } from '../grpc/grpc-protocol.js';
import type { EnhancedHandler, HandlerBinder } from '../handler-binder.js';
import type {
  CallObjectResponse,
  CreateObjectResponse,
  DeleteObjectResponse,
  ReliableCallObjectResponse,
} from './gate-messages.js';
import { GateServiceController } from './gate-service.controller.js';

/** `gate.GateService` on its controller, with the application's enhancers around every method. */
export function gateServiceFace(proto: ProtoServices, binder: HandlerBinder, errors: ClientErrors): GrpcFace {
  const bind = <T>(method: Extract<keyof GateServiceController, string>, accepts: (value: unknown) => value is T) =>
    binder.bind(GateServiceController, method, grpcProtocol, accepts);
  return {
    definition: writingSerialisedAny(proto, proto.gate, 'gate.RegisterResponse'),
    implementation: {
      CallObject: unary(bind('callObject', isCallResponse), errors),
      CreateObject: unary(bind('createObject', isCreateResponse), errors),
      DeleteObject: unary(bind('deleteObject', isObject<DeleteObjectResponse>), errors),
      ReliableCallObject: reliable(bind('reliableCallObject', isReliableResponse), errors),
      Register: streaming(bind('register', isStreamOpened), errors),
    },
  };
}

/** Its gRPC status is always OK; what went wrong is in the message. */
function reliable(
  handler: EnhancedHandler<ReliableCallObjectResponse>,
  errors: ClientErrors,
): handleUnaryCall<unknown, ReliableCallObjectResponse> {
  const skipped = (error: unknown): ReliableCallObjectResponse => {
    const { reason, message } = errors.forClient(error);
    return { status: 'SKIPPED', error: `${reason}: ${message}` };
  };
  return unary((...call) => handler(...call).catch(skipped), errors);
}

function isCallResponse(value: unknown): value is CallObjectResponse {
  return isObject<CallObjectResponse>(value) && isObject<CallObjectResponse['response']>(value.response);
}

function isCreateResponse(value: unknown): value is CreateObjectResponse {
  return isObject<CreateObjectResponse>(value) && typeof value.id === 'string';
}

function isReliableResponse(value: unknown): value is ReliableCallObjectResponse {
  return isObject<ReliableCallObjectResponse>(value) && typeof value.status === 'string';
}
