import { constants } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { Clock } from '../../core/index.js';
import type { TlsMaterial } from '../../config/index.js';
import { GrpcListener, addReflection, loadProto, serverCredentials } from '../../rpc/index.js';
import type { HandlerBinder } from '../handler-binder.js';
import { gateServiceFace } from '../compatible/gate-service-face.js';
import type { ConnectionsPerIp } from '../limits/connections-per-ip.js';
import { CONNECT_PATH } from './connect-face.js';
import type { ConnectParts } from './connect-face.js';
import { clientServiceFace } from './grpc-face.js';
import { messageBatches } from './message-batches.js';
import { GrpcRequestTimeout } from './request-timeout.js';

const SERVICES = ['goverse.client.ClientService', 'gate.GateService'];
const REGISTER_PATHS = SERVICES.map((service) => `/${service}/Register`);

export interface GrpcServerOptions extends ConnectParts {
  readonly listen: string;
  /** Lets tools such as grpcurl ask for the services. */
  readonly reflection: boolean;
  /** Default: no TLS. */
  readonly tls?: TlsMaterial | undefined;
  readonly clock: Clock;
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly connections: ConnectionsPerIp;
}

/** Opens the gRPC face of a gate. */
export function startGrpcServer(options: GrpcServerOptions, binder: HandlerBinder): Promise<GrpcListener> {
  const { listen, maxPayloadBytes, maxHeaderBytes, clock, reflection, connections, live } = options;
  const proto = loadProto();
  const faces = [clientServiceFace(proto, binder, options), gateServiceFace(proto, binder, options.errors)];
  return GrpcListener.start({
    listen,
    maxPayloadBytes,
    credentials: serverCredentials(options.tls),
    clock,
    maxHeaderBytes,
    channelOptions: { 'grpc.max_connection_idle_ms': options.idleTimeoutMs },
    interceptors: [
      messageBatches(CONNECT_PATH, ...REGISTER_PATHS),
      new GrpcRequestTimeout(options.requestTimeoutMs, clock).interceptor,
    ],
    onSession: (session) => {
      live.add(session);
      countSession(session, connections);
    },
    register: (server) => {
      for (const { definition, implementation } of faces) server.addService(definition, implementation);
      if (reflection) addReflection(server, proto.packageDefinition, SERVICES);
    },
  });
}

function countSession(session: ServerHttp2Session, connections: ConnectionsPerIp): void {
  const { remoteAddress } = session.socket;
  if (connections.enter(remoteAddress, 'grpc')) {
    session.once('close', () => connections.left(remoteAddress));
    return;
  }
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  // Not before everybody has heard of the session who has to forget it.
  setImmediate(() => session.destroy());
}
