import { fileURLToPath } from 'node:url';
import { Child } from '../support/child-process.js';
import { GoverseProcess } from '../support/goverse-process.js';

/** Few, so that objects share them. */
const SHARDS = 64;

export interface ChaosProcessOptions {
  readonly role: 'node' | 'gate';
  readonly etcd: string;
  readonly ttlSeconds: number;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** `host:port` of the recorder. */
  readonly recorder: string;
}

/** Starts a compiled node or gate of `test/fixtures/chaos`; resolves at its `ready` line. */
export async function startChaosProcess(options: ChaosProcessOptions): Promise<GoverseProcess> {
  const { role, etcd, ttlSeconds, listen, recorder } = options;
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
  if (role === 'gate') flags.push('--http-listen', 'false');
  const child = new Child(process.execPath, ['--enable-source-maps', entry, ...flags], {
    env: { CHAOS_RECORDER: recorder },
  });
  try {
    return await GoverseProcess.ready(child);
  } catch (error) {
    await child.kill();
    throw error;
  }
}
