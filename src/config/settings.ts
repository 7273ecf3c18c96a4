import { DEFAULT_POOL, DEFAULT_SHARDS } from '../core/index.js';
import type { GoverseGateOptions } from './gate-options.js';
import type { GoverseNodeOptions } from './node-options.js';
import * as kind from './setting-kind.js';
import type { SettingKind } from './setting-kind.js';

/** The two kinds of process. */
export type ProcessRole = 'node' | 'gate';

export type SettingName = keyof GoverseNodeOptions | keyof GoverseGateOptions;

export interface Setting {
  readonly roles: readonly ProcessRole[];
  readonly kind: SettingKind;
  /** Absent: none, or worked out from other settings. */
  readonly fallback?: unknown;
  /** One line for the help text. */
  readonly help: string;
  /** False: only code can give it. */
  readonly text?: false;
  /** Not built yet: giving it stops the start, so that nobody relies on it. */
  readonly unavailable?: true;
}

const both: readonly ProcessRole[] = ['node', 'gate'];
const node: readonly ProcessRole[] = ['node'];
const gate: readonly ProcessRole[] = ['gate'];
const MAX_WAIT_MS = 2 ** 31 - 1;
const QUEUE = kind.wholeNumber(1, 1_000_000);
const isObject = (value: unknown) => typeof value === 'object' && value !== null;

/** Every setting: who has it, what it takes, its default. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  listen: {
    roles: both,
    kind: kind.listenAddress(),
    help: 'gRPC port (127.0.0.1:47000 for a node, :49000 for a gate)',
  },
  advertise: { roles: both, kind: kind.listenAddress(), help: 'address other processes dial (default: listen)' },
  httpListen: {
    roles: gate,
    kind: kind.listenAddress(false, 'app'),
    fallback: '127.0.0.1:8080',
    help: 'HTTP port of the gate, false for none',
  },
  etcd: { roles: both, kind: kind.endpoints, fallback: ['127.0.0.1:2379'], help: 'etcd endpoints, or embedded' },
  etcdPrefix: { roles: both, kind: kind.keyPrefix, fallback: '/goverse', help: 'prefix of the keys of this cluster' },
  shards: { roles: both, kind: kind.wholeNumber(1, 65_536), fallback: DEFAULT_SHARDS, help: 'shards of the cluster' },
  leaseTtlSeconds: {
    roles: both,
    kind: kind.wholeNumber(1, 3600),
    fallback: 10,
    help: 'until a vanished process counts as gone',
  },
  pool: { roles: node, kind: kind.poolName, fallback: DEFAULT_POOL, help: 'nodes that host the same object types' },
  minNodes: { roles: node, kind: kind.wholeNumber(1, 10_000), fallback: 1, help: 'nodes of the pool needed to serve' },
  weight: { roles: node, kind: kind.share, fallback: 1, help: 'share of the shards relative to other nodes' },
  drainTimeoutMs: {
    roles: both,
    kind: kind.wholeNumber(1, MAX_WAIT_MS),
    fallback: 30_000,
    help: 'how long a stop waits for what runs',
  },
  clientQueueLimit: { roles: gate, kind: QUEUE, fallback: 1024, help: 'messages waiting for one client' },
  gateQueueLimit: { roles: node, kind: QUEUE, fallback: 1024, help: 'messages waiting for one gate' },
  maxPayloadBytes: {
    roles: both,
    kind: kind.wholeNumber(1, 2 ** 30),
    fallback: 2 ** 20,
    help: 'largest argument, result or push',
  },
  maxActivations: {
    roles: node,
    kind: kind.wholeNumber(1, Number.MAX_SAFE_INTEGER, true),
    fallback: 1_000_000,
    help: 'objects this node may hold in memory',
  },
  opsListen: { roles: both, kind: kind.listenAddress(false), help: 'HTTP port for health and metrics' },
  clusterSecret: { roles: both, kind: kind.secret, help: 'shared secret of the processes of the cluster' },
  tls: {
    roles: both,
    kind: kind.codeOnly('{ cert, key, ca? }', isObject),
    help: 'certificates',
    text: false,
    unavailable: true,
  },
  insecure: { roles: both, kind: kind.toggle, fallback: false, help: 'listen beyond loopback without a secret' },
  reflection: { roles: both, kind: kind.toggle, help: 'gRPC server reflection (default: on for loopback)' },
  protobuf: { roles: both, kind: kind.protoSources, fallback: [], help: '.proto files of the application' },
  enhancers: {
    roles: node,
    kind: kind.choice('all', 'local'),
    fallback: 'all',
    help: 'Nest enhancers on object methods',
  },
  clientPlacedIds: {
    roles: gate,
    kind: kind.choice('allow', 'deny'),
    fallback: 'allow',
    help: 'ids of clients that choose a shard or node',
  },
  bindClientIds: {
    roles: gate,
    kind: kind.choice('peer', 'token'),
    fallback: 'peer',
    help: 'what proves whose a client id is',
  },
  cors: { roles: gate, kind: kind.origins, fallback: [], help: 'origins whose pages may use the HTTP port, or *' },
  openApi: {
    roles: gate,
    kind: kind.toggle,
    help: '/v1/openapi.json and /v1/docs on the HTTP port (default: on for loopback)',
  },
  authenticator: {
    roles: gate,
    kind: kind.authenticator,
    help: 'says who the clients are',
    text: false,
  },
  access: {
    roles: gate,
    kind: kind.accessRules,
    help: 'YAML file with access rules',
  },
};

/** Where each role listens unless told otherwise. */
export const DEFAULT_LISTEN: Readonly<Record<ProcessRole, string>> = {
  node: '127.0.0.1:47000',
  gate: '127.0.0.1:49000',
};

/** Names of the settings of these roles. */
export function settingNames(...roles: readonly ProcessRole[]): SettingName[] {
  const names = Object.keys(SETTINGS) as SettingName[];
  return names.filter((name) => SETTINGS[name].roles.some((role) => roles.includes(role)));
}
