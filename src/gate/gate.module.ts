import { Global, Logger, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { GateConfig, GoverseGateOptions, ProcessSettings } from '../config/index.js';
import { resolveGateConfig } from '../config/index.js';
import { EtcdEndpoints } from '../cluster/index.js';
import { MessageRegistry, PayloadCodec, systemClock } from '../core/index.js';
import { LiveConnections } from '../rpc/index.js';
import { GoverseSharedModule } from '../routing/index.js';
import type { PeerRoute } from '../rpc/index.js';
import { PEER_ROUTE } from '../rpc/index.js';
import { ClientCalls } from './client-calls.js';
import { ClientStreams } from './client-streams.js';
import { CompatibleEventsController } from './compatible/compatible-events.controller.js';
import { CompatibleObjectsController } from './compatible/compatible-objects.controller.js';
import { GateServiceController } from './compatible/gate-service.controller.js';
import { GateLifecycle } from './gate.lifecycle.js';
import { GateMembership } from './gate-membership.js';
import { ConfigurableModuleClass, GATE_CONFIG, GATE_OPTIONS, GATE_SETTINGS } from './gate-options.js';
import { GateRuntime } from './gate-runtime.js';
import { ClientController } from './grpc/client.controller.js';
import { WebSocketController } from './websocket/websocket.controller.js';
import { ConnectController } from './grpc/connect.controller.js';
import { HandlerBinder } from './handler-binder.js';
import { EventsController } from './http/events.controller.js';
import { Heartbeats } from './http/heartbeats.js';
import { ObjectsController } from './http/objects.controller.js';
import { ObjectTypes } from './openapi/object-types.js';
import { OpenApiController } from './openapi/openapi.controller.js';

/**
 * Makes a Nest application a gate: it faces clients over gRPC, HTTP and server-sent events and forwards their calls to
 * the objects of the cluster (docs/api.md). Global; exports GoverseService. Opens its own listeners when the application
 * is initialised, and drains when it is closed.
 */
@Global()
@Module({
  imports: [GoverseSharedModule],
  controllers: [
    ClientController,
    ConnectController,
    ObjectsController,
    EventsController,
    WebSocketController,
    GateServiceController,
    CompatibleObjectsController,
    CompatibleEventsController,
    OpenApiController,
  ],
  providers: [
    HandlerBinder,
    GateLifecycle,
    { provide: GATE_CONFIG, useFactory: configOf, inject: [GATE_OPTIONS, { token: GATE_SETTINGS, optional: true }] },
    {
      provide: GateRuntime,
      useFactory: runtimeOf,
      inject: [GATE_CONFIG, EtcdEndpoints, { token: PEER_ROUTE, optional: true }],
    },
    { provide: ClientCalls, useFactory: (runtime: GateRuntime) => runtime.edge.calls, inject: [GateRuntime] },
    { provide: ClientStreams, useFactory: (runtime: GateRuntime) => runtime.edge.streams, inject: [GateRuntime] },
    {
      provide: ObjectTypes,
      useFactory: (runtime: GateRuntime) => new ObjectTypes(() => runtime.describe(), systemClock),
      inject: [GateRuntime],
    },
    { provide: LiveConnections, useFactory: (runtime: GateRuntime) => runtime.liveConnections, inject: [GateRuntime] },
    { provide: Heartbeats, useFactory: () => new Heartbeats(systemClock) },
  ],
  exports: [GoverseSharedModule, GateRuntime],
})
export class GoverseGateModule extends ConfigurableModuleClass {
  /** Every option may be left out. */
  static override forRoot(options: GoverseGateOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}

function configOf(options: GoverseGateOptions, settings?: ProcessSettings<GoverseGateOptions>): GateConfig {
  return resolveGateConfig({ ...options, ...settings?.options }, settings?.sources);
}

function runtimeOf(config: GateConfig, etcd: EtcdEndpoints, route?: PeerRoute): GateRuntime {
  const logger = new Logger('GoverseGate');
  const codec = new PayloadCodec(MessageRegistry.load(config.protobuf));
  const cluster = new GateMembership({ config, etcd, route, clock: systemClock, logger });
  return new GateRuntime({ config, cluster, codec, clock: systemClock, logger });
}
