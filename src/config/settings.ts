import { DEFAULT_POOL, DEFAULT_SHARDS } from '../core/index.js';
import type { GoverseGateOptions } from './gate-options.js';
import type { NodeProcessOptions } from './node-process-options.js';
import type { GroupedSettingName, SettingGroup } from './setting-groups.js';
import * as kind from './setting-kind.js';
import type { SettingKind } from './setting-kind.js';

/** The two kinds of process. */
export type ProcessRole = 'node' | 'gate';

export type SettingName =
  Exclude<keyof NodeProcessOptions | keyof GoverseGateOptions, Exclude<SettingGroup, 'clientTls'>> | GroupedSettingName;

export interface Setting {
  readonly roles: readonly ProcessRole[];
  readonly kind: SettingKind;
  /** Absent: none, or worked out from other settings. */
  readonly fallback?: unknown;
  /** One line for the help text. */
  readonly help: string;
  /** False: only code can give it. */
  readonly text?: false;
  /** True: it decides what is started, so the options of a module come too late for it. */
  readonly startOnly?: true;
}

const both: readonly ProcessRole[] = ['node', 'gate'];
const node: readonly ProcessRole[] = ['node'];
const gate: readonly ProcessRole[] = ['gate'];
const MAX_WAIT_MS = 2 ** 31 - 1;
const TIMEOUT = kind.wholeNumber(1, MAX_WAIT_MS);
/** Off by default: only who runs the gate knows what is much, and whether an address is one client. */
const RATE = kind.wholeNumber(1, Number.MAX_SAFE_INTEGER, true);
const QUEUE = kind.wholeNumber(1, 1_000_000);

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
  'etcdTls.ca': { roles: both, kind: kind.pem, help: 'who signs the certificates of etcd' },
  'etcdTls.cert': { roles: both, kind: kind.pem, help: 'certificate shown to etcd' },
  'etcdTls.key': { roles: both, kind: kind.pem, help: 'its key' },
  etcdUsername: { roles: both, kind: kind.name, help: 'user of etcd' },
  etcdPassword: { roles: both, kind: kind.name, help: 'its password' },
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
  workers: {
    roles: node,
    kind: kind.workerCount,
    fallback: 1,
    help: 'node processes of this machine, auto for one per core',
    startOnly: true,
  },
  drainTimeoutMs: {
    roles: both,
    kind: kind.wholeNumber(1, MAX_WAIT_MS),
    fallback: 30_000,
    help: 'how long a stop waits for what runs',
  },
  clientQueueLimit: { roles: gate, kind: QUEUE, fallback: 1024, help: 'messages waiting for one client' },
  clientQueueBytes: {
    roles: gate,
    kind: kind.wholeNumber(1024, Number.MAX_SAFE_INTEGER),
    fallback: 16 * 2 ** 20,
    help: 'bytes of messages waiting for one client',
  },
  resumeWindowMs: {
    roles: gate,
    kind: kind.wholeNumber(0, MAX_WAIT_MS),
    fallback: 60_000,
    help: 'how long a client may be away and keep its id, 0 = not at all',
  },
  maxHeaderBytes: {
    roles: gate,
    kind: kind.wholeNumber(1024, 2 ** 20),
    fallback: 16_384,
    help: 'largest header of a request',
  },
  headerTimeoutMs: { roles: gate, kind: TIMEOUT, fallback: 10_000, help: 'until the header of a request is there' },
  requestTimeoutMs: { roles: gate, kind: TIMEOUT, fallback: 30_000, help: 'until a request is there with its body' },
  idleTimeoutMs: { roles: gate, kind: TIMEOUT, fallback: 120_000, help: 'until a connection without use is closed' },
  maxCallsPerClient: {
    roles: gate,
    kind: kind.wholeNumber(1, 1_000_000, true),
    fallback: 10_000,
    help: 'calls and streams one client may have open',
  },
  callsPerSecondPerClient: { roles: gate, kind: RATE, fallback: Infinity, help: 'calls of one client in one second' },
  callsPerSecondPerIp: { roles: gate, kind: RATE, fallback: Infinity, help: 'calls from one address in one second' },
  maxConnectionsPerIp: { roles: gate, kind: RATE, fallback: Infinity, help: 'connections from one address' },
  slowClientPolicy: {
    roles: gate,
    kind: kind.slowClientPolicy,
    fallback: 'reject',
    help: 'pushes for a client that reads too slowly',
  },
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
  'tls.cert': { roles: both, kind: kind.pem, help: 'certificate of this process' },
  'tls.key': { roles: both, kind: kind.pem, help: 'its key' },
  'tls.ca': { roles: both, kind: kind.pem, help: 'who signs the certificates of the cluster' },
  'tls.serverName': { roles: both, kind: kind.name, help: 'name in the certificates of nodes (default: as dialled)' },
  clientTls: { roles: gate, kind: kind.toggle, help: 'TLS on the ports for clients (default: with a certificate)' },
  'clientTls.cert': { roles: gate, kind: kind.pem, help: 'certificate of these ports (default: tls.cert)' },
  'clientTls.key': { roles: gate, kind: kind.pem, help: 'its key' },
  'clientTls.ca': { roles: gate, kind: kind.pem, help: 'who signs certificates clients must show' },
  linkTransport: {
    roles: both,
    kind: kind.choice('auto', 'grpc'),
    fallback: 'auto',
    help: 'what carries calls between processes: auto, or grpc alone',
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
  'jwt.secret': { roles: gate, kind: kind.jwtSecret, help: 'secret of the tokens of clients' },
  'jwt.jwksUrl': { roles: gate, kind: kind.keyUrl, help: 'where the keys of the tokens of clients are' },
  'jwt.jwks': { roles: gate, kind: kind.keySet, help: 'file with the keys of the tokens of clients' },
  'jwt.issuer': { roles: gate, kind: kind.name, help: 'who must have issued a token' },
  'jwt.audience': { roles: gate, kind: kind.name, help: 'whom a token must be for' },
  'jwt.algorithms': { roles: gate, kind: kind.algorithms, help: 'algorithms of tokens' },
  'jwt.clockToleranceSeconds': {
    roles: gate,
    kind: kind.wholeNumber(0, 3600),
    fallback: 5,
    help: 'by how much clocks may differ',
  },
  'jwt.userIdClaim': { roles: gate, kind: kind.name, fallback: 'sub', help: 'claim with the user id' },
  'jwt.rolesClaim': { roles: gate, kind: kind.name, fallback: 'roles', help: 'claim with the roles' },
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
