import type { NodeConfig, SettingSources } from '../../config/index.js';
import { named, parseAddress, settingsError } from '../../config/index.js';
import type { WorkerPlace } from './worker-place.js';

const ADDRESSES = ['listen', 'advertise', 'opsListen'] as const;
const LAST_PORT = 65_535;

/** The settings of one of several workers: ports count up from the ones given, free ports stay free ones. */
export function workerConfig(config: NodeConfig, place: WorkerPlace, sources: SettingSources = {}): NodeConfig {
  const violations: string[] = [];
  if (config.etcd === 'embedded' && place.etcd === undefined) {
    violations.push(
      `${named('etcd', sources['etcd'])} is embedded, and each of the ${place.count} workers would run one of its own: start with --etcd embedded, which the workers share, or give endpoints`,
    );
  }
  const moved: Partial<Record<(typeof ADDRESSES)[number], string>> = {};
  for (const name of ADDRESSES) {
    const address = parseAddress(config[name] ?? '');
    if (address === undefined || address.port === 0) continue;
    const port = address.port + place.number - 1;
    moved[name] = hostPort(address.host, port);
    if (port <= LAST_PORT) continue;
    violations.push(
      `${named(name, sources[name])} is ${config[name]}: there are not as many ports from there on as workers (${place.count})`,
    );
  }
  if (violations.length > 0) throw settingsError(violations);
  return Object.freeze({ ...config, ...moved, etcd: place.etcd === undefined ? config.etcd : [place.etcd] });
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
