import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { NodeConfig } from '../config/index.js';
import { PayloadCodec } from '../core/index.js';
import { defineObjects } from '../objects/index.js';
import { CallEntrance } from '../routing/index.js';
import { NODE_CONFIG } from './node-options.js';
import { NodeRuntime } from './node-runtime.js';

/** Makes the node a part of its application. */
@Injectable()
export class NodeLifecycle {
  constructor(
    private readonly runtime: NodeRuntime,
    private readonly codec: PayloadCodec,
    private readonly modules: ModulesContainer,
    private readonly application: ApplicationConfig,
    @Inject(NODE_CONFIG) private readonly config: NodeConfig,
    entrance: CallEntrance,
  ) {
    entrance.bind('node', { port: runtime.callPort(), start: () => this.start(), stop: () => runtime.stop() });
  }

  /** Global guards, pipes, interceptors and filters are known by now, and every provider is there. */
  private async start(): Promise<void> {
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
}
