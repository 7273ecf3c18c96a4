import { Global, Logger, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { GoverseNodeOptions, NodeConfig } from '../config/index.js';
import { resolveNodeConfig } from '../config/index.js';
import type { Clock } from '../core/index.js';
import { MessageRegistry, PayloadCodec, PROCESS_CLOCK } from '../core/index.js';
import { EtcdEndpoints } from '../cluster/index.js';
import { ObjectContext, objectContextProvider } from '../objects/index.js';
import { PushService } from '../push/index.js';
import { GoverseSharedModule } from '../routing/index.js';
import type { PeerRoute } from '../rpc/index.js';
import { PEER_ROUTE } from '../rpc/index.js';
import { ConfigurableModuleClass, NODE_CONFIG, NODE_OPTIONS, NODE_SETTINGS } from './node-options.js';
import { NodeLifecycle } from './node.lifecycle.js';
import type { NodeSettings } from './node-options.js';
import { NodeRuntime } from './node-runtime.js';
import { workerConfig } from './workers/index.js';

/**
 * Makes a Nest application a node: the classes with `@GoverseObject()` among the providers of its modules live here, one
 * activation per object id in the whole cluster (docs/api.md). Global; exports GoverseService, PushService and what
 * activations need. Joins the cluster when the application is initialised, and hands everything over when it is closed.
 */
@Global()
@Module({
  imports: [GoverseSharedModule],
  providers: [
    NodeLifecycle,
    objectContextProvider,
    { provide: NODE_CONFIG, useFactory: configOf, inject: [NODE_OPTIONS, { token: NODE_SETTINGS, optional: true }] },
    { provide: PayloadCodec, useFactory: codecOf, inject: [NODE_CONFIG] },
    {
      provide: NodeRuntime,
      useFactory: runtimeOf,
      inject: [
        NODE_CONFIG,
        PayloadCodec,
        EtcdEndpoints,
        { token: PROCESS_CLOCK, optional: true },
        { token: PEER_ROUTE, optional: true },
      ],
    },
    { provide: PushService, useFactory: pushOf, inject: [NODE_CONFIG, NodeRuntime, PayloadCodec] },
  ],
  exports: [GoverseSharedModule, PushService, NodeRuntime, ObjectContext],
})
export class GoverseNodeModule extends ConfigurableModuleClass {
  /** Every option may be left out. */
  static override forRoot(options: GoverseNodeOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}

function configOf(options: GoverseNodeOptions, settings?: NodeSettings): NodeConfig {
  const config = resolveNodeConfig({ ...options, ...settings?.options }, settings?.sources);
  return settings?.place ? workerConfig(config, settings.place, settings.sources) : config;
}

function codecOf({ protobuf }: NodeConfig): PayloadCodec {
  return new PayloadCodec(MessageRegistry.load(protobuf));
}

function runtimeOf(
  config: NodeConfig,
  codec: PayloadCodec,
  etcd: EtcdEndpoints,
  clock?: Clock,
  route?: PeerRoute,
): NodeRuntime {
  return new NodeRuntime({ config, codec, etcd, clock, route, logger: new Logger('GoverseNode') });
}

function pushOf({ maxPayloadBytes }: NodeConfig, runtime: NodeRuntime, codec: PayloadCodec): PushService {
  return new PushService(() => ({
    gates: runtime.gates,
    codec,
    maxPayloadBytes,
    assertMayPush: () => runtime.assertMayPush(),
  }));
}
