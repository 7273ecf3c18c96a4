import { ReflectionService } from '@grpc/reflection';
import type { Clock } from '../../core/index.js';
import { GrpcListener, loadProto } from '../../rpc/index.js';
import type { ClientErrors } from '../client-errors.js';
import type { HandlerBinder } from '../handler-binder.js';
import { gateServiceFace } from '../compatible/gate-service-face.js';
import { clientServiceFace } from './grpc-face.js';

const SERVICES = ['goverse.client.ClientService', 'gate.GateService'];

export interface GrpcServerOptions {
  readonly listen: string;
  readonly maxPayloadBytes: number;
  /** Lets tools such as grpcurl ask for the services. */
  readonly reflection: boolean;
  readonly clock: Clock;
}

/** Opens the gRPC face of a gate. */
export function startGrpcServer(
  options: GrpcServerOptions,
  binder: HandlerBinder,
  errors: ClientErrors,
): Promise<GrpcListener> {
  const { listen, maxPayloadBytes, clock, reflection } = options;
  const proto = loadProto();
  const faces = [clientServiceFace(proto, binder, errors), gateServiceFace(proto, binder, errors)];
  return GrpcListener.start({
    listen,
    maxPayloadBytes,
    clock,
    register: (server) => {
      for (const { definition, implementation } of faces) server.addService(definition, implementation);
      if (reflection) new ReflectionService(proto.packageDefinition, { services: SERVICES }).addToServer(server);
    },
  });
}
