import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { findEtcdBinary, HOW_TO_GET_ETCD } from './etcd-binary.js';
import { EtcdRawClient } from './etcd-raw-client.js';
import { freePorts } from './free-port.js';

export interface RealEtcdOptions {
  /** More command line arguments, for example `['--auto-compaction-retention=1']`. */
  args?: readonly string[];
  /** PEM texts. Opens `secureEndpoint` too, where clients must show a certificate of that authority. */
  tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** An etcd-server process of a test's own: own ports, own data directory. */
export interface RealEtcd {
  /** `127.0.0.1:port` for clients; stays the same over `restart`. */
  readonly endpoint: string;
  /** `https://127.0.0.1:port`, with the option `tls`. */
  readonly secureEndpoint: string;
  /** Process id of the etcd that runs now. */
  readonly pid: number;
  readonly dataDir: string;
  /** Ends the process and starts it again on the same data and ports. Resolves when it answers. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Kills the process, removes its data, and starts it empty on the same ports. */
  wipe(): Promise<void>;
  /** Ends the process (also a stopped one) and removes its data. May be called more than once. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 5_000;
const OUTPUT_KEPT = 4_000;

let available: Promise<boolean> | undefined;

/**
 * Whether tests can have a real etcd. Where not: throws in CI (`CI=true`), else warns how to get one and resolves
 * false, so that suites skip loudly.
 */
export function realEtcdAvailable(): Promise<boolean> {
  available ??= findEtcdBinary().then((path) => {
    if (path !== undefined) return true;
    if (process.env['CI'] === 'true') throw new Error(`Tests in CI need a real etcd. ${HOW_TO_GET_ETCD}`);
    console.warn(`\n*** SKIPPED: everything that needs a real etcd. ${HOW_TO_GET_ETCD} ***\n`);
    return false;
  });
  return available;
}

/** Starts an etcd-server and resolves when it serves requests. Rejects with its last output when it does not. */
export async function startRealEtcd(options: RealEtcdOptions = {}): Promise<RealEtcd> {
  const binary = await findEtcdBinary();
  if (binary === undefined) throw new Error(`There is no etcd to start. ${HOW_TO_GET_ETCD}`);
  const dataDir = await mkdtemp(join(tmpdir(), 'goverse-etcd-'));
  const [clientPort, peerPort, securePort] = await freePorts(3);
  const secure = options.tls ? await secureArguments(dataDir, options.tls) : [];
  const server = new EtcdServer(binary, dataDir, clientPort!, peerPort!, options.tls && securePort, [
    ...secure,
    ...(options.args ?? []),
  ]);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class EtcdServer implements RealEtcd {
  readonly endpoint: string;
  readonly secureEndpoint: string;
  private child: ChildProcess | undefined;
  private output = '';
  private readonly killWithUs = () => this.child?.kill('SIGKILL');

  constructor(
    private readonly binary: string,
    readonly dataDir: string,
    clientPort: number,
    private readonly peerPort: number,
    private readonly securePort: number | undefined,
    private readonly args: readonly string[],
  ) {
    this.secureEndpoint = `https://127.0.0.1:${securePort}`;
    this.endpoint = `127.0.0.1:${clientPort}`;
    process.on('exit', this.killWithUs);
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('This etcd does not run');
    return pid;
  }

  async start(): Promise<void> {
    this.output = '';
    const child = spawn(this.binary, this.commandLine(), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(),
    });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.remember(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.remember(chunk));
    let ended = false;
    child.on('error', (error) => {
      ended = true;
      this.remember(Buffer.from(String(error)));
    });
    child.on('exit', () => {
      ended = true;
    });
    await this.untilServing(() => ended);
  }

  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.end(signal);
    await this.start();
  }

  async wipe(): Promise<void> {
    await this.end('SIGKILL');
    for (const name of await readdir(this.dataDir)) await rm(join(this.dataDir, name), { recursive: true });
    await this.start();
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    process.off('exit', this.killWithUs);
    for (const made of [this.dataDir, ...this.args.filter((arg) => arg.endsWith('.pem'))])
      await rm(made, { recursive: true, force: true });
  }

  private async untilServing(hasEnded: () => boolean): Promise<void> {
    const client = new EtcdRawClient(this.endpoint, {
      'grpc.initial_reconnect_backoff_ms': 20,
      'grpc.min_reconnect_backoff_ms': 20,
      'grpc.max_reconnect_backoff_ms': 100,
    });
    const deadline = Date.now() + READY_WITHIN_MS;
    try {
      while (!(await answers(client))) {
        if (hasEnded() || Date.now() > deadline) throw new Error(`etcd did not start:\n${this.output}`);
      }
    } finally {
      client.close();
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    // A process under SIGSTOP takes no SIGTERM until it goes on.
    child.kill('SIGCONT');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(force);
  }

  private commandLine(): string[] {
    const plain = `http://${this.endpoint}`;
    const client = this.securePort === undefined ? plain : `${plain},${this.secureEndpoint}`;
    const peer = `http://127.0.0.1:${this.peerPort}`;
    return [
      '--name',
      'test',
      '--data-dir',
      this.dataDir,
      '--listen-client-urls',
      client,
      '--advertise-client-urls',
      client,
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `test=${peer}`,
      '--logger',
      'zap',
      '--log-level',
      'error',
      ...this.args,
    ];
  }

  private remember(chunk: Buffer): void {
    this.output = (this.output + chunk.toString()).slice(-OUTPUT_KEPT);
  }
}

async function secureArguments(folder: string, pems: Required<RealEtcdOptions>['tls']): Promise<string[]> {
  const files = (['cert', 'key', 'ca'] as const).map(async (name) => {
    const file = `${folder}-${name}.pem`;
    await writeFile(file, pems[name]);
    return file;
  });
  const [cert, key, ca] = await Promise.all(files);
  return ['--client-cert-auth', '--cert-file', cert!, '--key-file', key!, '--trusted-ca-file', ca!];
}

/**
 * A linearizable read: it succeeds once there is a leader, or is refused where there are users. Waits inside, so that
 * asking again needs no pause.
 */
function answers(client: EtcdRawClient): Promise<boolean> {
  return client.call('KV', 'Range', { key: Buffer.from('ready?') }, 1_000, { waitForReady: true }).then(
    () => true,
    ({ code }: ServiceError) => code === status.INVALID_ARGUMENT,
  );
}

/** etcd takes its settings from ETCD_* variables too; those of the developer are not meant for tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_')));
}
