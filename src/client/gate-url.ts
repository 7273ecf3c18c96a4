import { goverseError } from '../core/errors.js';

/** What a browser can speak. */
export const WEB_SCHEMES = ['http', 'https', 'ws', 'wss'] as const;
/** What Node can speak. */
export const NODE_SCHEMES = [...WEB_SCHEMES, 'grpc', 'grpcs'] as const;

/**
 * Reads the URL of a gate.
 * @throws `INVALID_ARGUMENT` unless it has one of the schemes; `grpc(s)` needs a port, the others have their usual ones
 */
export function parseGateUrl(text: string, schemes: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol.slice(0, -1) ?? '';
  if (url && schemes.includes(scheme) && url.host !== '' && (!scheme.startsWith('grpc') || url.port !== '')) return url;
  const hint = scheme.startsWith('grpc') && !schemes.includes(scheme) ? ' (gRPC is for Node)' : '';
  const usable = schemes.map((name) => `${name}://host:port`).join(', ');
  throw goverseError('INVALID_ARGUMENT', `${JSON.stringify(text)} is no URL of a gate${hint}; use ${usable}`);
}

/** The address of a route below the URL of a gate, which may have a path. */
export function gateRoute(gate: URL, route: string): string {
  return `${gate.protocol}//${gate.host}${gate.pathname.replace(/\/$/, '')}${route}`;
}
