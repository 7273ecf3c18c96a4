import { ReflectionService } from '@grpc/reflection';
import type { Clock } from '../../core/index.js';
import { GrpcListener, loadProto } from '../../rpc/index.js';
import type { HandlerBinder } from '../handler-binder.js';
import { gateServiceFace } from '../compatible/gate-service-face.js';
import { CONNECT_PATH } from './connect-face.js';
import type { ConnectParts } from './connect-face.js';
import { clientServiceFace } from './grpc-face.js';
import { messageBatches } from './message-batches.js';

const SERVICES = ['goverse.client.ClientService', 'gate.GateService'];

export interface GrpcServerOptions extends ConnectParts {
  readonly listen: string;
  /** Lets tools such as grpcurl ask for the services. */
  readonly reflection: boolean;
  readonly clock: Clock;
}

/** Opens the gRPC face of a gate. */
export function startGrpcServer(options: GrpcServerOptions, binder: HandlerBinder): Promise<GrpcListener> {
  const { listen, maxPayloadBytes, clock, reflection } = options;
  const proto = loadProto();
  const faces = [clientServiceFace(proto, binder, options), gateServiceFace(proto, binder, options.errors)];
  return GrpcListener.start({
    listen,
    maxPayloadBytes,
    clock,
    interceptors: [messageBatches(CONNECT_PATH)],
    register: (server) => {
      for (const { definition, implementation } of faces) server.addService(definition, implementation);
      if (reflection) new ReflectionService(proto.packageDefinition, { services: SERVICES }).addToServer(server);
    },
  });
}
