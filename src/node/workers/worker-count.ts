import { availableParallelism } from 'node:os';
import type { NodeProcessOptions, ProcessRole, SettingSources } from '../../config/index.js';
import { SETTINGS, named, settingsError, wrongValue } from '../../config/index.js';

/**
 * How many node processes are wanted. Throws `INVALID_ARGUMENT` for no number of workers, and where the process is a gate
 * too: its workers would all be one.
 */
export function workerCount(
  workers: NodeProcessOptions['workers'],
  source: SettingSources[string] | undefined,
  roles: readonly ProcessRole[] = ['node'],
): number {
  const { kind, fallback } = SETTINGS.workers;
  const wanted: unknown = workers ?? fallback;
  if (!kind.accepts(wanted)) throw settingsError([wrongValue('workers', source, wanted, kind.allowed)]);
  const count = wanted === 'auto' ? availableParallelism() : (wanted as number);
  if (count === 1 || roles.length === 1) return count;
  throw settingsError([
    `${named('workers', source)} is ${String(wanted)} in a process that is node and gate: start the nodes with it, and gates as processes of their own`,
  ]);
}
