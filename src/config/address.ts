/** `host:port` taken apart; an IPv6 host without its brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)):(\d{1,5})$/;
const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1|0:0:0:0:0:0:0:1|::ffff:127(\.\d{1,3}){3})$/i;
const UNSPECIFIED = /^(0\.0\.0\.0|0{0,4}(:0{0,4}){2,7}|::ffff:0\.0\.0\.0)$/;

/** Reads `host:port` or `[ipv6]:port`; undefined if it is neither. Port 0 stands for a free port. */
export function parseAddress(text: string): Address | undefined {
  const found = HOST_PORT.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

/** True if only processes of the same machine can reach the address. */
export function isLoopback({ host }: Address): boolean {
  return LOOPBACK.test(host);
}

/** True for "every interface" (`0.0.0.0`, `::`): can be listened on, but not dialled. */
export function isUnspecified({ host }: Address): boolean {
  return UNSPECIFIED.test(host);
}
