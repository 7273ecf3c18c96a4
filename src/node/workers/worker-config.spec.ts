import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { resolveNodeConfig } from '../../config/index.js';
import { workerConfig } from './worker-config.js';
import { workerCount } from './worker-count.js';

describe('workerConfig', () => {
  const third = { number: 3, count: 4 };

  it('counts ports up from those given, for every address the process has', () => {
    const config = resolveNodeConfig({
      listen: '0.0.0.0:47000',
      advertise: '[fe80::7]:5000',
      opsListen: '127.0.0.1:9000',
      insecure: true,
    });
    expect(workerConfig(config, third)).toEqual({
      ...config,
      listen: '0.0.0.0:47002',
      advertise: '[fe80::7]:5002',
      opsListen: '127.0.0.1:9002',
    });
  });

  it('leaves free ports free, and what is not there away', () => {
    const config = resolveNodeConfig({ listen: '127.0.0.1:0' });
    expect(workerConfig(config, third)).toEqual(config);
  });

  it('changes nothing for the first one', () => {
    const config = resolveNodeConfig({ listen: '127.0.0.1:47000' });
    expect(workerConfig(config, { number: 1, count: 4 })).toEqual(config);
  });

  it('refuses a range that goes beyond the last port, naming it', () => {
    const config = resolveNodeConfig({ listen: '127.0.0.1:65534' });
    expect(() => workerConfig(config, third, { listen: 'the flag --listen' })).toThrow(
      /listen from the flag --listen is 127\.0\.0\.1:65534: there are not as many ports .* workers \(4\)/,
    );
  });

  it('takes the etcd of the supervisor, and refuses one for each worker', () => {
    const config = resolveNodeConfig({ etcd: 'embedded' });
    expect(workerConfig(config, { ...third, etcd: '127.0.0.1:2379' }).etcd).toEqual(['127.0.0.1:2379']);
    expect(() => workerConfig(config, third)).toThrow(/etcd is embedded, .* start with --etcd embedded/);
  });
});

describe('workerCount', () => {
  it('is what was asked for, one per core, or one', () => {
    expect([workerCount(3, undefined), workerCount('auto', undefined), workerCount(undefined, undefined)]).toEqual([
      3,
      availableParallelism(),
      1,
    ]);
  });

  it.each([0, -1, 1.5, 257, 'many', NaN])('refuses %s, saying what is allowed', (workers) => {
    expect(() => workerCount(workers as number, 'startNode')).toThrow(
      /workers from startNode is .*: allowed is a whole number from 1 to 256, or auto/,
    );
  });

  it('refuses several in a process that is a gate too; one is no matter', () => {
    expect(workerCount(1, undefined, ['node', 'gate'])).toBe(1);
    expect(() => workerCount(2, undefined, ['node', 'gate'])).toThrow(/node and gate: start the nodes with it/);
  });

  it('is no option of a module', () => {
    expect(() => resolveNodeConfig({ workers: 2 } as never)).toThrow(
      /workers comes too late in the options of a module: give it as --workers/,
    );
  });
});
