import { isLoopback, isUnspecified, parseAddress } from './address.js';
import { named } from './violation.js';
import type { SettingSources } from './violation.js';

const PORTS = ['listen', 'httpListen', 'opsListen'] as const;

/** What is unsafe or unreachable about the addresses of a process whose settings are otherwise fine. */
export function listenViolations(
  values: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  sources: SettingSources,
): string[] {
  return [...openPorts(values, sources), ...undialable(values, given, sources)];
}

/**
 * Beyond loopback anybody could call or register, so it takes a secret, certificates or a deliberate word. Certificates
 * alone keep nobody out of a node: they must be asked of the other side too (`tls.ca`).
 */
function openPorts(values: Readonly<Record<string, unknown>>, sources: SettingSources): string[] {
  const isGate = 'httpListen' in values;
  const certificates = isGate ? ['tls.cert', 'clientTls.cert'] : ['tls.ca'];
  const safe = ['clusterSecret', ...certificates].some((name) => values[name] !== undefined);
  if (safe || values['insecure'] === true) return [];
  return PORTS.flatMap((name) => {
    const address = addressOf(values[name]);
    if (!address || isLoopback(address)) return [];
    return [
      `${named(name, sources[name])} is ${String(values[name])}, which other machines can reach: set clusterSecret, or ${isGate ? 'tls' : 'tls with a ca'}, or insecure: true in a network you trust, or listen on 127.0.0.1`,
    ];
  });
}

function undialable(
  values: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  sources: SettingSources,
): string[] {
  const address = addressOf(values['advertise']);
  if (!address || !isUnspecified(address)) return [];
  const remedy = 'set advertise to an address of this machine that the other processes can dial, e.g. 10.0.0.7:47000';
  if (given['advertise'] === undefined) {
    return [
      `${named('listen', sources['listen'])} is ${String(values['listen'])}, every interface, and advertise is not set: ${remedy}`,
    ];
  }
  return [
    `${named('advertise', sources['advertise'])} is ${String(values['advertise'])}, which nobody can dial: ${remedy}`,
  ];
}

function addressOf(value: unknown): ReturnType<typeof parseAddress> {
  return typeof value === 'string' ? parseAddress(value) : undefined;
}
