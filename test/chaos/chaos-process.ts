import { fileURLToPath } from 'node:url';
import { Child } from '../support/child-process.js';
import { GoverseProcess } from '../support/goverse-process.js';

/** Few, so that objects share them. */
const SHARDS = 64;

/** How long a process may take to start or to end on a busy machine. */
const PATIENCE_MS = 90_000;

export interface ChaosProcessOptions {
  readonly role: 'node' | 'gate';
  readonly etcd: string;
  readonly ttlSeconds: number;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** Where others dial it, if not there. */
  readonly advertise?: string;
  readonly drainTimeoutMs?: number;
  /** `host:port` of the recorder; gates have none. */
  readonly recorder?: string;
}

/** Starts a compiled node or gate of `test/fixtures/chaos`; resolves at its `ready` line. */
export async function startChaosProcess(options: ChaosProcessOptions): Promise<GoverseProcess> {
  const { role, etcd, ttlSeconds, listen, advertise, drainTimeoutMs, recorder } = options;
  const entry = fileURLToPath(new URL(`../fixtures/chaos/${role}.main.js`, import.meta.url));
  const flags = [
    '--shards',
    String(SHARDS),
    '--etcd',
    etcd,
    '--lease-ttl-seconds',
    String(ttlSeconds),
    '--listen',
    listen,
  ];
  if (advertise !== undefined) flags.push('--advertise', advertise);
  if (drainTimeoutMs !== undefined) flags.push('--drain-timeout-ms', String(drainTimeoutMs));
  if (role === 'gate') flags.push('--http-listen', 'false');
  const child = new Child(process.execPath, ['--enable-source-maps', entry, ...flags], {
    limitMs: PATIENCE_MS,
    env: recorder === undefined ? {} : { CHAOS_RECORDER: recorder },
  });
  try {
    return await GoverseProcess.ready(child);
  } catch (error) {
    await child.kill();
    throw error;
  }
}
