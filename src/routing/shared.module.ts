import { Global, Module } from '@nestjs/common';
import { EtcdEndpoints } from '../cluster/index.js';
import { CallEntrance } from './call-entrance.js';
import { ClusterGoverseService } from './cluster-goverse-service.js';
import { GoverseService } from './goverse-service.js';
import { GoverseLifecycleModule } from './lifecycle.module.js';

/** What a node and a gate of one application share: the one GoverseService, and an embedded etcd. */
@Global()
@Module({
  imports: [GoverseLifecycleModule],
  providers: [
    CallEntrance,
    EtcdEndpoints,
    {
      provide: GoverseService,
      useFactory: (entrance: CallEntrance) => new ClusterGoverseService(() => entrance.port()),
      inject: [CallEntrance],
    },
  ],
  exports: [CallEntrance, EtcdEndpoints, GoverseService],
})
export class GoverseSharedModule {}
