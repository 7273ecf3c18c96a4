import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { NodeConfig } from '../config/index.js';
import { PayloadCodec } from '../core/index.js';
import { defineObjects } from '../objects/index.js';
import { CallEntrance } from '../routing/index.js';
import { NODE_CONFIG } from './node-options.js';
import { NodeRuntime } from './node-runtime.js';

/** Starts and stops the node with its application. */
@Injectable()
export class NodeLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly runtime: NodeRuntime,
    private readonly codec: PayloadCodec,
    private readonly modules: ModulesContainer,
    private readonly application: ApplicationConfig,
    @Inject(NODE_CONFIG) private readonly config: NodeConfig,
    entrance: CallEntrance,
  ) {
    entrance.bind('node', runtime.callPort());
  }

  /** Global guards, pipes, interceptors and filters are known by now, and every provider is there. */
  async onApplicationBootstrap(): Promise<void> {
    const { modules, application, codec, config, runtime } = this;
    const registry = await defineObjects({
      modules,
      config: application,
      enhancers: config.enhancers,
      codec,
      messages: codec.registry,
    });
    await runtime.start(registry);
  }

  /** Hands everything over before the application's own providers are destroyed. */
  async onModuleDestroy(): Promise<void> {
    await this.runtime.stop();
  }
}
