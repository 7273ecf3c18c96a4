import { describe, expect, it } from 'vitest';
import type { ClientConnection } from '../config/index.js';
import { ClientBinding } from './client-binding.js';
import { ClientRegistry } from './client-registry.js';
import { rejectWhenFull } from './slow-client-policy.js';

const credentials = { headers: {} };
const sink = { write: () => true, end: () => {}, destroy: () => {} };

function setUp(mode: 'peer' | 'token', connection: ClientConnection) {
  const registry = new ClientRegistry({
    address: () => 'g:1',
    queueLimits: { messages: 1, bytes: 1024 },
    policy: rejectWhenFull,
    onLeave: () => {},
  });
  const client = registry.register({ identity: undefined, connection, sink });
  const binding = new ClientBinding(registry, mode);
  const resolve = (from: ClientConnection, clientToken?: string) =>
    binding.resolve({ credentials, connection: from, clientId: client.id, clientToken });
  return { client, binding, resolve };
}

const grpc = (peer: string): ClientConnection => ({ protocol: 'grpc', peer });
const foreign = expect.objectContaining({ reason: 'CLIENT_ID_NOT_YOURS', code: 'PERMISSION_DENIED' });

describe('ClientBinding', () => {
  it('takes the gRPC connection that registered for the client', () => {
    const { client, resolve } = setUp('peer', grpc('10.0.0.1:5000'));
    expect(resolve(grpc('10.0.0.1:5000'))).toBe(client);
    expect(() => resolve(grpc('10.0.0.1:5001'))).toThrow(foreign);
  });

  it.each(['unknown', '/tmp/gate.sock', '10.0.0.1'])(
    'takes the peer %s, which is not one connection, for nobody',
    (peer) => {
      const { resolve } = setUp('peer', grpc(peer));
      expect(() => resolve(grpc(peer))).toThrow(foreign);
    },
  );

  it('never takes an HTTP connection for its client: pools share them', () => {
    const connection: ClientConnection = { protocol: 'sse', peer: '10.0.0.1:5000' };
    const { client, resolve } = setUp('peer', connection);
    expect(() => resolve({ protocol: 'http', peer: '10.0.0.1:5000' })).toThrow(foreign);
    expect(() => resolve(grpc('10.0.0.1:5000'))).toThrow(foreign);
    expect(resolve({ protocol: 'http', peer: '10.0.0.1:5000' }, client.token)).toBe(client);
  });

  it('wants the token alone in the mode token', () => {
    const { client, resolve } = setUp('token', grpc('10.0.0.1:5000'));
    expect(() => resolve(grpc('10.0.0.1:5000'))).toThrow(foreign);
    expect(() => resolve(grpc('10.0.0.1:5000'), '')).toThrow(foreign);
    expect(() => resolve(grpc('10.0.0.1:5000'), client.id)).toThrow(foreign);
    expect(resolve(grpc('10.0.0.2:1'), client.token)).toBe(client);
  });

  it('answers alike for ids that do not exist', () => {
    const { binding } = setUp('peer', grpc('10.0.0.1:5000'));
    expect(() =>
      binding.resolve({ credentials, connection: grpc('10.0.0.1:5000'), clientId: 'g:1/x', clientToken: 'y' }),
    ).toThrow(foreign);
    expect(binding.resolve({ credentials, connection: grpc('10.0.0.1:5000') })).toBeUndefined();
  });
});
