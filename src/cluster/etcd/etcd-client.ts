import type { IOptions } from 'etcd3';
import { Etcd3 } from 'etcd3';
import type { Clock } from '../../core/index.js';
import type { EndpointHealth } from './endpoint-health.js';
import type { EtcdOptions } from './etcd-options.js';

const LOGIN_TIMEOUT_MS = 500;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/**
 * etcd3's own retries are switched off: a repeated transaction would hide whether the first one landed. So is its circuit
 * breaker, which refuses for seconds after etcd is back; `EndpointHealth` takes its place.
 */
const noPolicy = {
  execute: async (work: (context: never) => unknown) => work(undefined as never),
} as unknown as Policy;

/** One etcd3 client. Each has connections of its own, so that building it anew really dials anew. */
export function newEtcdClient(options: EtcdOptions, clock: Clock, health: EndpointHealth): Etcd3 {
  return new Etcd3({
    hosts: [...options.endpoints],
    ...(options.tls && {
      credentials: {
        // Handed on as it is: undefined stands for the system's, which the type of etcd3 does not know.
        rootCertificate: options.tls.ca as Buffer,
        ...(options.tls.key && options.tls.cert && { privateKey: options.tls.key, certChain: options.tls.cert }),
      },
    }),
    ...(options.username !== undefined && {
      auth: {
        username: options.username,
        password: options.password ?? '',
        // For each endpoint: one that is silent must not use up the deadline of the request that waits for the token.
        callOptions: () => ({ deadline: clock.now() + LOGIN_TIMEOUT_MS }),
      },
    }),
    faultHandling: { host: (endpoint) => health.policyOf(endpoint), global: noPolicy },
    grpcOptions: {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // etcd closes connections that ping more often than every 5 s; dead ones are found by our own heartbeats.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    },
  });
}
