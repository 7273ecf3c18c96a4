import type { Root } from 'protobufjs';

/** Options that nodes and gates have in common. */
export interface ClusterOptions {
  /**
   * Address of the gRPC port, `host:port`; port 0 takes a free one. Any address that is not loopback needs
   * `clusterSecret` or `tls` (or `insecure`). Default: `127.0.0.1:47000` for a node, `127.0.0.1:49000` for a gate.
   */
  listen?: string;
  /**
   * Address other processes dial, `host:port`, unique in the cluster; port 0 stands for the port that is bound.
   * Default: `listen`. Needed when `listen` is `0.0.0.0` or `[::]`.
   */
  advertise?: string;
  /**
   * etcd endpoints, `host:port` with or without `http://` or `https://`, or `embedded`: start one in this process, for
   * development. Default: `['127.0.0.1:2379']`.
   */
  etcd?: readonly string[] | 'embedded';
  /** Keys of the cluster are below this prefix; clusters with different prefixes share an etcd. Default: `/goverse`. */
  etcdPrefix?: string;
  /** TLS towards etcd. Default: none; endpoints with `https://` are checked against the authorities of the system. */
  etcdTls?: EtcdTlsOptions;
  /** User of etcd, with `etcdPassword`. It needs to read and write below `etcdPrefix`. Default: none. */
  etcdUsername?: string;
  etcdPassword?: string;
  /** Number of shards, the same in every process of the cluster, fixed for its life. Default: 8192. */
  shards?: number;
  /** Seconds until a process that vanished counts as gone; whole. Default: 10. */
  leaseTtlSeconds?: number;
  /** Milliseconds a stopping process waits for what runs. Default: 30_000. */
  drainTimeoutMs?: number;
  /** Largest argument, result or pushed message, in bytes. Default: 1_048_576 (1 MiB). */
  maxPayloadBytes?: number;
  /** HTTP address for operators: `/healthz`, `/readyz`, `/metrics`. Default: `false`, none. */
  opsListen?: string | false;
  /** Shared secret of all processes of the cluster, at least 8 characters: strangers can neither call nor register. */
  clusterSecret?: string;
  /**
   * TLS between the processes of the cluster, and on the ports of a gate unless `clientTls` says otherwise. With `ca`
   * it is mutual: a process without a certificate of that authority can neither call nor register. Default: none.
   */
  tls?: TlsOptions;
  /**
   * What carries the calls between two processes: `auto` moves them from the gRPC stream to a plain connection to the same
   * port where both sides allow it and there is no `tls`; `grpc` leaves them there. Default: `auto`.
   */
  linkTransport?: 'auto' | 'grpc';
  /** Allows to listen on addresses that are not loopback with neither `clusterSecret` nor `tls`. Default: `false`. */
  insecure?: boolean;
  /** gRPC server reflection. Default: on when `listen` is loopback. */
  reflection?: boolean;
  /** `.proto` files or protobufjs roots with the messages of the application. Default: none. */
  protobuf?: readonly (string | Root)[];
}

/** PEM files, or their texts. */
export interface TlsOptions {
  /** Certificate of this process, with those between it and the authority. */
  cert: string;
  key: string;
  /** The authority that signs every certificate of the cluster. Default: those of the system, and nobody has to show one. */
  ca?: string;
  /** The name that stands in the certificate of every node. Default: the host that is dialled. */
  serverName?: string;
}

/** PEM files, or their texts. */
export interface EtcdTlsOptions {
  /** The authority that signs the certificates of etcd. Default: those of the system. */
  ca?: string;
  /** What this process shows to an etcd that asks for certificates. Default: none. */
  cert?: string;
  key?: string;
}

/** PEM files, or their texts. */
export interface ClientTlsOptions {
  /** Default: that of `tls`. */
  cert?: string;
  key?: string;
  /** The authority whose certificates clients must show. Default: none, they need not show any. */
  ca?: string;
}
