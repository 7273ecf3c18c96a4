import { describe, expect, it } from 'vitest';
import type { GoverseNodeOptions } from './node-options.js';
import { resolveGateConfig, resolveNodeConfig } from './resolve-config.js';

const violations = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    const { reason, details } = error as { reason: string; details: { violations: string[] } };
    expect(reason).toBe('INVALID_ARGUMENT');
    return details.violations;
  }
  return [];
};
const node = (options: object, sources = {}) => violations(() => resolveNodeConfig(options, sources));
const gate = (options: object) => violations(() => resolveGateConfig(options));

describe('the config of a node', () => {
  it('has every default', () => {
    expect(resolveNodeConfig()).toEqual({
      listen: '127.0.0.1:47000',
      advertise: '127.0.0.1:47000',
      etcd: ['127.0.0.1:2379'],
      etcdPrefix: '/goverse',
      etcdTls: undefined,
      etcdUsername: undefined,
      etcdPassword: undefined,
      shards: 8192,
      leaseTtlSeconds: 10,
      pool: 'default',
      minNodes: 1,
      weight: 1,
      drainTimeoutMs: 30_000,
      gateQueueLimit: 1024,
      maxPayloadBytes: 1_048_576,
      maxActivations: 1_000_000,
      opsListen: undefined,
      clusterSecret: undefined,
      tls: undefined,
      linkTransport: 'auto',
      insecure: false,
      reflection: true,
      protobuf: [],
      enhancers: 'all',
    });
  });

  it('is frozen and its own', () => {
    const etcd = ['10.0.0.1:2379'];
    const config = resolveNodeConfig({ etcd });
    etcd.push('x');
    expect(config.etcd).toEqual(['10.0.0.1:2379']);
    expect(Object.isFrozen(config) && Object.isFrozen(config.etcd)).toBe(true);
  });

  it('takes undefined for "not given" and false for no ops port', () => {
    expect(resolveNodeConfig({ shards: undefined, opsListen: false })).toMatchObject({
      shards: 8192,
      opsListen: undefined,
    });
  });

  it('advertises where it listens, a free port included', () => {
    expect(resolveNodeConfig({ listen: '127.0.0.1:0' }).advertise).toBe('127.0.0.1:0');
  });

  it('names all wrong values at once, with their sources', () => {
    const wrong = { shards: 0, leaseTtlSeconds: 'abc', minNods: 2, etcd: [], clusterSecret: 'short' };
    expect(node(wrong, { leaseTtlSeconds: 'GOVERSE_LEASE_TTL_SECONDS' })).toEqual([
      'a node has no setting minNods; did you mean minNodes?',
      'etcd is []: allowed is a list of host:port, with or without http:// or https://, or embedded',
      'shards is 0: allowed is a whole number from 1 to 65536',
      'leaseTtlSeconds from GOVERSE_LEASE_TTL_SECONDS is "abc": allowed is a whole number from 1 to 3600',
      'clusterSecret is not usable: allowed is at least 8 characters, printable ASCII, not beginning or ending with a space',
    ]);
  });

  it.each<[keyof GoverseNodeOptions, readonly unknown[], readonly unknown[]]>([
    ['listen', ['127.0.0.1:0', '[::1]:1', 'localhost:65535'], ['127.0.0.1', ':1', 47000, 'localhost:65536', null]],
    [
      'etcd',
      [['a:1', 'http://b:2'], ['https://c:3'], 'embedded'],
      ['a:1', [], ['a'], ['ftp://a:1'], [1], ['a:0'], 'embeded'],
    ],
    ['etcdPrefix', ['/a', '/a/b-c'], ['a', '/', '/a/', '//a', '/a b', '']],
    ['drainTimeoutMs', [1, 2 ** 31 - 1], [0, -1, 0.5, NaN, Infinity, '5', 2 ** 31]],
    ['maxActivations', [1, Infinity], [0, '1']],
    ['weight', [0.5, 1000], [0, -1, Infinity, NaN]],
    ['enhancers', ['all', 'local'], ['none', true]],
    ['reflection', [true, false], ['yes', 1]],
    ['protobuf', [[], ['a.proto']], ['a.proto', [''], [5]]],
    ['clusterSecret', ['12345678', 'a long secret'], ['1234567', ' 12345678', 'ünïcødé secret', 5]],
    ['opsListen', [false, '127.0.0.1:0'], [true, 'x']],
  ])('allows %s to be one of %j only', (name, allowed, refused) => {
    for (const value of allowed) expect(node({ [name]: value }), String(value)).toEqual([]);
    for (const value of refused)
      expect(node({ [name]: value }), String(value)).toEqual([expect.stringMatching(`^${name} is .*allowed is`)]);
  });

  it('never shows a secret', () => {
    expect(node({ clusterSecret: 'hidden ' }).join()).not.toContain('hidden');
  });

  it('takes access rules as a list or as a file', () => {
    expect(gate({ access: [{ allow: true }] })).toEqual([]);
    expect(gate({ access: 'rules.yaml' })).toEqual([]);
    expect(gate({ access: 5 })).toEqual([expect.stringMatching(/^access is 5: allowed is a list of rules/)]);
  });

  it('takes settings that stand together, one by one and as a whole', () => {
    expect(resolveNodeConfig({ tls: { cert: 'c', key: 'k', ca: 'a' } }).tls).toEqual({
      cert: 'c',
      key: 'k',
      ca: 'a',
      serverName: undefined,
    });
    const jwt = { secret: 'x'.repeat(32), 'jwt.issuer': 'me' };
    const mixed = resolveGateConfig({ jwt: { secret: jwt.secret }, 'jwt.issuer': 'me' } as never);
    expect(mixed.jwt).toMatchObject({ secret: jwt.secret, issuer: 'me', userIdClaim: 'sub', clockToleranceSeconds: 5 });
    expect(resolveGateConfig({ clientTls: false, tls: { cert: 'c', key: 'k' } })).toMatchObject({ clientTls: false });
    expect(node({ tls: { cert: 'c', kee: 'k' } })).toEqual([expect.stringMatching(/no setting tls.kee; did you mean/)]);
    expect(node({ tls: 5 })).toEqual([expect.stringMatching(/a node has no setting tls/)]);
  });

  it('knows what must come together', () => {
    expect(node({ etcdTls: { cert: 'c' } })).toEqual(['etcdTls needs both cert and key; etcdTls.key is missing']);
    expect(node({ etcdUsername: 'ann' })).toEqual([expect.stringMatching(/etcdPassword is missing/)]);
    expect(node({ etcdPassword: 1234 })).toEqual(['etcdPassword is not usable: allowed is a text']);
    expect(gate({ etcdTls: { ca: 'c' }, etcd: ['http://e:2379'] })).toEqual([expect.stringMatching(/without TLS/)]);
    expect(gate({ etcdTls: { ca: 'c' }, etcd: 'embedded' })).toEqual([expect.stringMatching(/neither TLS nor users/)]);
    expect(node({ etcd: ['https://e:2379', 'f:2379'] })).toEqual([expect.stringMatching(/all of them with https/)]);
    expect(node({ tls: { cert: 'c' } })).toEqual(['tls needs both cert and key; tls.key is missing']);
    expect(node({ tls: { ca: 'c' } })).toEqual([expect.stringMatching(/tls needs cert and key/)]);
    expect(gate({ clientTls: { ca: 'c' } })).toEqual([expect.stringMatching(/but the port has none itself/)]);
    expect(gate({ clientTls: true })).toEqual([expect.stringMatching(/there is no certificate/)]);
    expect(gate({ jwt: { issuer: 'me' } })).toEqual([expect.stringMatching(/jwt needs one of/)]);
    const authenticator = { authenticate: () => null };
    expect(gate({ authenticator, jwt: { jwksUrl: 'https://a.example' } })).toEqual([
      'give either authenticator or jwt, not both',
    ]);
  });

  it('never shows the secret of tokens', () => {
    expect(gate({ jwt: { secret: 'hidden' } }).join()).toMatch(/jwt\.secret is not usable/);
  });
});

describe('ports that other machines can reach', () => {
  it('take a secret or a deliberate word', () => {
    const refusal =
      /^listen is 10\.0\.0\.7:47000, which other machines can reach: set clusterSecret, or tls with a ca, or insecure: true/;
    expect(node({ listen: '10.0.0.7:47000' })).toEqual([expect.stringMatching(refusal)]);
    expect(node({ listen: '10.0.0.7:47000', clusterSecret: 'a long secret' })).toEqual([]);
    expect(node({ listen: '10.0.0.7:47000', insecure: true })).toEqual([]);
    const tls = { cert: 'c', key: 'k' };
    expect(node({ listen: '10.0.0.7:47000', tls: { ...tls, ca: 'a' } })).toEqual([]);
    expect(gate({ listen: '10.0.0.7:49000', tls })).toEqual([]);
    expect(gate({ listen: '10.0.0.7:49000', clientTls: tls })).toEqual([]);
    // A node that asks nobody for a certificate would serve everybody.
    expect(node({ listen: '10.0.0.7:47000', tls })).toEqual([expect.stringMatching(/tls with a ca/)]);
  });

  it('are refused on every port of a gate', () => {
    const found = gate({ listen: 'gate-1:1', httpListen: '0.0.0.0:80', opsListen: '[::]:90' });
    expect(found.map((text) => text.split(' ')[0])).toEqual(['listen', 'httpListen', 'opsListen']);
  });

  it('are named with their source', () => {
    expect(node({ listen: 'host:1' }, { listen: 'the flag --listen' })).toEqual([
      expect.stringMatching(/^listen from the flag --listen is host:1/),
    ]);
  });

  it('switch reflection off unless asked for', () => {
    expect(resolveNodeConfig({ listen: 'host:1', insecure: true }).reflection).toBe(false);
    expect(resolveNodeConfig({ listen: 'host:1', insecure: true, reflection: true }).reflection).toBe(true);
  });

  it('need an address to advertise when they are on every interface', () => {
    expect(node({ listen: '0.0.0.0:47000', insecure: true })).toEqual([
      'listen is 0.0.0.0:47000, every interface, and advertise is not set: set advertise to an address of this machine that the other processes can dial, e.g. 10.0.0.7:47000',
    ]);
    expect(node({ advertise: '[::]:47000' })).toEqual([
      expect.stringMatching(/^advertise is \[::\]:47000, which nobody can dial/),
    ]);
    expect(node({ listen: '0.0.0.0:47000', advertise: 'node-1:47000', insecure: true })).toEqual([]);
  });
});

describe('the config of a gate', () => {
  it('has every default', () => {
    expect(resolveGateConfig()).toEqual({
      listen: '127.0.0.1:49000',
      advertise: '127.0.0.1:49000',
      httpListen: '127.0.0.1:8080',
      etcd: ['127.0.0.1:2379'],
      etcdPrefix: '/goverse',
      etcdTls: undefined,
      etcdUsername: undefined,
      etcdPassword: undefined,
      shards: 8192,
      leaseTtlSeconds: 10,
      drainTimeoutMs: 30_000,
      clientQueueLimit: 1024,
      clientQueueBytes: 16_777_216,
      maxHeaderBytes: 16_384,
      headerTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      idleTimeoutMs: 120_000,
      maxCallsPerClient: 10_000,
      callsPerSecondPerClient: Infinity,
      callsPerSecondPerIp: Infinity,
      maxConnectionsPerIp: Infinity,
      slowClientPolicy: 'reject',
      resumeWindowMs: 60_000,
      maxPayloadBytes: 1_048_576,
      opsListen: undefined,
      clusterSecret: undefined,
      tls: undefined,
      clientTls: undefined,
      jwt: undefined,
      linkTransport: 'auto',
      insecure: false,
      reflection: true,
      protobuf: [],
      clientPlacedIds: 'allow',
      bindClientIds: 'peer',
      cors: [],
      openApi: true,
      authenticator: undefined,
      access: undefined,
    });
  });

  it('has no settings of nodes', () => {
    expect(gate({ minNodes: 1 })).toEqual(['a gate has no setting minNodes']);
  });

  it('describes its objects on loopback only, unless asked for', () => {
    const secret = { clusterSecret: 'long enough' };
    expect(resolveGateConfig({ ...secret, httpListen: '10.0.0.5:80' }).openApi).toBe(false);
    expect(resolveGateConfig({ ...secret, httpListen: '10.0.0.5:80', openApi: true }).openApi).toBe(true);
    expect(resolveGateConfig({ httpListen: '127.0.0.1:80', openApi: false }).openApi).toBe(false);
    expect(resolveGateConfig({ httpListen: 'app' }).openApi).toBe(false);
  });

  it('takes the words of its HTTP port', () => {
    for (const httpListen of [false, 'app', '127.0.0.1:0']) expect(gate({ httpListen })).toEqual([]);
    expect(gate({ httpListen: 'off' })).toHaveLength(1);
  });

  it('takes origins', () => {
    for (const cors of ['*', [], ['https://chat.example.com', 'http://localhost:3000']])
      expect(gate({ cors })).toEqual([]);
    for (const cors of ['https://a.b', ['https://a.b/'], ['a.b'], ['*'], true])
      expect(gate({ cors }), String(cors)).toHaveLength(1);
  });

  it('takes an authenticator by its method', () => {
    const authenticator = { authenticate: () => null };
    expect(resolveGateConfig({ authenticator }).authenticator).toBe(authenticator);
    expect(gate({ authenticator: {} })).toEqual([expect.stringContaining('an object with the method authenticate')]);
  });
});
