import { goverseError } from '../../core/index.js';

/** Where to listen: a loopback host, and a port (0 is any free one). */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;
const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/;

/** Reads `host:port`. Throws `INVALID_ARGUMENT` for what is no address and for hosts others can reach. */
export function parseListenAddress(listen: string): ListenAddress {
  const match = HOST_AND_PORT.exec(listen);
  const named = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (named === undefined || port > 65_535) {
    throw goverseError(
      'INVALID_ARGUMENT',
      `The embedded etcd cannot listen on ${JSON.stringify(listen)}: give host:port, for example 127.0.0.1:2379 (port 0 for a free one)`,
    );
  }
  const host = named === 'localhost' ? '127.0.0.1' : named;
  if (!LOOPBACK.test(host)) {
    throw goverseError(
      'INVALID_ARGUMENT',
      `The embedded etcd does not listen on ${listen}: it has no passwords and keeps nothing, so only this machine may reach it. ` +
        `Listen on 127.0.0.1, or run a real etcd and name it in the option "etcd"`,
    );
  }
  return { host, port };
}

export function formatAddress(address: ListenAddress): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
