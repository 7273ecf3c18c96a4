import type { ClientSettings } from './client-options.js';
import type { Transport } from './transport.js';
import { bearerToken, openWebTransport, webSocketTransport } from './web-transports.js';

/**
 * Opens `grpc(s)://` and what browsers can open too; WebSockets with the package `ws`, as Node 20 has none and later
 * ones take no headers and no certificates. Both are loaded when they are asked for.
 */
export async function openNodeTransport(gate: URL, settings: ClientSettings): Promise<Transport> {
  if (gate.protocol === 'grpc:' || gate.protocol === 'grpcs:') return openGrpc(gate, settings);
  if (gate.protocol.startsWith('ws')) return openWebSocket(gate, settings);
  return openWebTransport(gate, settings);
}

async function openGrpc(gate: URL, settings: ClientSettings): Promise<Transport> {
  const [authorization, { openGrpcTransport }] = await Promise.all([
    settings.authorization(),
    import('./grpc-transport.js'),
  ]);
  return openGrpcTransport(gate, settings, authorization);
}

async function openWebSocket(gate: URL, settings: ClientSettings): Promise<Transport> {
  const [authorization, { connectNodeWebSocket }] = await Promise.all([
    settings.authorization(),
    import('./node-web-socket.js'),
  ]);
  const accessToken = bearerToken(authorization);
  const header = accessToken === undefined ? authorization : undefined;
  const connect = () => connectNodeWebSocket(gate, settings, header);
  return webSocketTransport(gate, settings, connect, accessToken);
}
