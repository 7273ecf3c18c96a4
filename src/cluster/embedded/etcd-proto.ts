import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';

export type EtcdServiceName = 'KV' | 'Watch' | 'Lease' | 'Maintenance' | 'Cluster' | 'Auth';

/** etcd's v3 services, from the .proto files that the `etcd3` client itself ships and speaks. */
export function loadEtcdServices(): Record<EtcdServiceName, ServiceDefinition> {
  const client = createRequire(import.meta.url).resolve('etcd3');
  const definition = loadSync(join(dirname(client), '..', 'proto', 'rpc.proto'), {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const service = (name: EtcdServiceName) => serviceOf(definition, `etcdserverpb.${name}`);
  return {
    KV: service('KV'),
    Watch: service('Watch'),
    Lease: service('Lease'),
    Maintenance: service('Maintenance'),
    Cluster: service('Cluster'),
    Auth: service('Auth'),
  };
}

function serviceOf(definition: PackageDefinition, name: string): ServiceDefinition {
  const service = definition[name];
  if (service === undefined) {
    throw new Error(`The etcd3 package ships no definition of ${name}; install the version named in package.json`);
  }
  return service as ServiceDefinition;
}
