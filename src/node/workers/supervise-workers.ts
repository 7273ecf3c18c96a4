import { Logger } from '@nestjs/common';
import { MAX_TIMER_MS, goverseError, stopOnSignals } from '../../core/index.js';
import { WorkerSupervisor } from './worker-supervisor.js';

/**
 * Makes this process the supervisor of so many workers, until a signal ends it: with 0 if all of them were drained.
 * Never resolves; rejects when a worker cannot be started.
 */
export async function superviseWorkers(count: number, embeddedEtcd: boolean): Promise<never> {
  const [, entry, ...argv] = process.argv;
  if (entry === undefined)
    throw goverseError('INVALID_ARGUMENT', 'Workers run the file this process was started with, and there is none');
  const supervisor = new WorkerSupervisor({
    count,
    entry,
    argv,
    embeddedEtcd,
    logger: new Logger('GoverseWorkers'),
  });
  const removeSignals = stopOnSignals(
    () => supervisor.stop(),
    (code) => {
      supervisor.kill();
      process.exit(code);
    },
  );
  // While no worker lives, nothing else keeps the process alive until the next one.
  const alive = setInterval(() => undefined, MAX_TIMER_MS);
  try {
    const addresses = await supervisor.start();
    const etcd = supervisor.embeddedEtcd === undefined ? '' : ` etcd=${supervisor.embeddedEtcd}`;
    process.stdout.write(`ready node ${addresses[0]} pid=${process.pid} workers=${addresses.join(',')}${etcd}\n`);
  } catch (error) {
    await supervisor.stop().finally(removeSignals);
    clearInterval(alive);
    throw error;
  }
  return new Promise<never>(() => undefined);
}
