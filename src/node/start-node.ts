import { Logger } from '@nestjs/common';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NodeConfig, StartInput } from '../config/index.js';
import { readStartSettings } from '../config/index.js';
import { stopOnSignals } from '../core/index.js';
import { packageVersion } from '../rpc/index.js';
import { UnhandledErrorGuard } from '../objects/index.js';
import { NODE_CONFIG, NODE_SETTINGS } from './node-options.js';
import type { NodeSettings } from './node-options.js';
import { NodeRuntime } from './node-runtime.js';
import { endWithSupervisor, reportReady, superviseWorkers, takePlace, workerCount } from './workers/index.js';

export interface StartNodeOptions extends StartInput {
  /** SIGTERM and SIGINT stop the node and end the process. Default: true; false leaves signals to the caller. */
  readonly handleSignals?: boolean;
  /**
   * Node processes of this machine, `auto` for one per core; flags, environment and `goverse.yaml` (`workers`) are
   * stronger. More than one: this process becomes their supervisor, and each of them runs it once more. Default: 1.
   */
  readonly workers?: number | 'auto';
}

/** A node that holds its planned share. */
export interface StartedNode {
  readonly app: INestApplicationContext;
  /** Advertised `host:port`. */
  readonly address: string;
  /** `host:port` of the embedded etcd, if this process runs one: other processes join there. */
  readonly embeddedEtcd: string | undefined;
  /** Hands everything over and ends. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a node process around a module that imports `GoverseNodeModule`. Flags, environment and `goverse.yaml` are
 * stronger than the module's options. Resolves when the node holds its planned share and has printed its `ready` line.
 * SIGTERM and SIGINT drain it and exit with 0, a second one ends it at once. An error that a turn, a hook, a timer or a
 * promise left behind by one throws is logged with the object's id and does not end the process. Rejects with
 * `INVALID_ARGUMENT` for settings, `INVALID_OBJECT_CLASS` for object classes that are not usable, `ADDRESS_IN_USE` when
 * another process has the address, `SHARDS_MISMATCH` when the cluster has another number of shards.
 *
 * With several `workers` it resolves in each of them, and never in their supervisor, which hosts no objects
 * (docs/cluster.md, "More than one core").
 */
export async function startNode(
  module: Type<unknown> | DynamicModule,
  options: StartNodeOptions = {},
): Promise<StartedNode> {
  const { options: given, sources } = readStartSettings('node', packageVersion(), options);
  const { workers = options.workers, ...nodeOptions } = given;
  const place = takePlace();
  const count = workerCount(workers, sources['workers'] ?? 'startNode', options.roles);
  if (place === undefined && count > 1) return superviseWorkers(count, nodeOptions.etcd === 'embedded');
  return startOne(module, { options: nodeOptions, sources, place }, options.handleSignals !== false);
}

async function startOne(
  module: Type<unknown> | DynamicModule,
  settings: NodeSettings,
  handleSignals: boolean,
): Promise<StartedNode> {
  const app = await createApp(module, settings);
  const runtime = app.get(NodeRuntime);
  const guard = new UnhandledErrorGuard(new Logger('GoverseNode'));
  guard.install();
  let removeSignals = () => {};
  let stopping: Promise<void> | undefined;
  const stop = () =>
    (stopping ??= runtime
      .stop()
      .then(() => app.close())
      .finally(() => guard.remove()));
  const isWorker = settings.place !== undefined;
  if (isWorker) endWithSupervisor(stop);
  if (handleSignals) removeSignals = stopOnSignals(isWorker ? () => stop().then(() => assertDrained(runtime)) : stop);
  try {
    await runtime.whenReady();
  } catch (error) {
    await stop().finally(removeSignals);
    throw error;
  }
  const { address, embeddedEtcd } = runtime;
  process.stdout.write(`ready node ${address} pid=${process.pid}${embeddedEtcd ? ` etcd=${embeddedEtcd}` : ''}\n`);
  if (isWorker) reportReady({ address, drainTimeoutMs: app.get<NodeConfig>(NODE_CONFIG).drainTimeoutMs });
  return { app, address, embeddedEtcd, stop: () => stop().finally(removeSignals) };
}

/** The supervisor of a worker says whether everything was handed over. */
function assertDrained({ drained }: NodeRuntime): void {
  if (!drained) throw new Error('turns still ran at drainTimeoutMs; they were cut short');
}

function createApp(module: Type<unknown> | DynamicModule, settings: NodeSettings): Promise<INestApplicationContext> {
  class GoverseNodeProcess {}
  const root: DynamicModule = {
    module: GoverseNodeProcess,
    global: true,
    imports: [module],
    providers: [{ provide: NODE_SETTINGS, useValue: settings }],
    exports: [NODE_SETTINGS],
  };
  return NestFactory.createApplicationContext(root, { abortOnError: false });
}
