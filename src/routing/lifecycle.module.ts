import { Injectable, Module } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CallEntrance } from './call-entrance.js';

/** Below the root module's 0: Nest bootstraps modules from the farthest to the nearest and destroys them the other way. */
const NEARER_THAN_THE_ROOT = -1;

/**
 * Starts node and gate after every provider of the application is ready, and stops them before any of these is
 * destroyed: objects that are deactivated in a drain still have their database.
 */
@Injectable()
export class ProcessLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly entrance: CallEntrance,
    modules: ModulesContainer,
  ) {
    for (const module of modules.values()) {
      if (module.metatype === GoverseLifecycleModule) module.distance = NEARER_THAN_THE_ROOT;
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.entrance.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.entrance.stop();
  }
}

@Module({ providers: [ProcessLifecycle] })
export class GoverseLifecycleModule {}
