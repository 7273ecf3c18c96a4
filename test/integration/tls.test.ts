import { request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { Module } from '@nestjs/common';
import type { ServiceError } from '@grpc/grpc-js';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GoverseClient } from '../../src/client/index.js';
import { EmbeddedEtcd } from '../../src/cluster/index.js';
import { CallContext } from '../../src/core/index.js';
import { GoverseObject, Method } from '../../src/decorators/index.js';
import { GoverseGateModule, startGate } from '../../src/gate/index.js';
import { PushService } from '../../src/push/index.js';
import { loadProto } from '../../src/rpc/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { TestAuthority } from '../support/certificates.js';
import type { TestCertificate } from '../support/certificates.js';
import { fetchWithCa } from '../support/fetch-with-ca.js';

@GoverseObject('Safe')
class Safe {
  @Method()
  open(_argument: unknown, call: CallContext): string {
    return `opened by ${call.isFromClient ? 'a client' : 'a process'}`;
  }
}

const proto = loadProto();
let authority: TestAuthority;
let strangers: TestAuthority;
let own: TestCertificate;
let cluster: TestCluster | undefined;
const open: { close(): void }[] = [];

beforeAll(async () => {
  authority = await TestAuthority.create('the cluster');
  strangers = await TestAuthority.create('somebody else');
  own = await authority.sign();
});

afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await cluster?.stop();
  cluster = undefined;
});

type Dial = ReturnType<typeof credentials.createInsecure>;
const plain = () => credentials.createInsecure();
const tls = (certificate?: TestCertificate) =>
  credentials.createSsl(
    Buffer.from(authority.ca),
    certificate && Buffer.from(certificate.key),
    certificate && Buffer.from(certificate.cert),
  );

/** One call of a service as anybody may try it; the gRPC code it ends with. */
function tryCall(
  address: string,
  dial: Dial,
  method: 'goverse.CallObject' | 'goverse.RegisterGate' | 'goverse.Link' | 'client.CallObject',
): Promise<number> {
  const [service, name] = method.split('.') as ['goverse' | 'client', string];
  const { path, requestSerialize } = proto[service][name]!;
  const client = new Client(address, dial, { 'grpc.use_local_subchannel_pool': 1 });
  open.push(client);
  const request = { id: 'Safe-1', objectId: 'Safe-1', method: 'open', gateAddr: '127.0.0.1:1' };
  return new Promise((resolve) => {
    const ended = (error: ServiceError | null) => resolve(error?.code ?? 0);
    const options = { deadline: Date.now() + 3_000 };
    const serialize = (value: object) => requestSerialize(value as never);
    const read = (bytes: Buffer) => bytes;
    if (name === 'CallObject') client.makeUnaryRequest(path, serialize, read, request, options, ended);
    else {
      const stream =
        name === 'Link'
          ? client.makeBidiStreamRequest(path, (bytes: Buffer) => bytes, read, options)
          : client.makeServerStreamRequest(path, serialize, read, request, options);
      stream.on('error', (error: Error) => ended(error as ServiceError));
      stream.on('data', () => resolve(0));
    }
  });
}

const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const toNodes = ['goverse.CallObject', 'goverse.RegisterGate', 'goverse.Link'] as const;

describe('mutual TLS between processes', () => {
  it('lets the processes of a cluster work together, and no stranger call or register', async () => {
    const options = { tls: { ...own, ca: authority.ca } };
    cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Safe], node: options, gate: options });
    const [node] = cluster.nodes;
    for (const key of ['1', '2', '3', '4']) expect(await cluster.goverse.object(Safe, key).open({})).toMatch(/opened/);
    expect(await tryCall(node!.address, tls(own), 'goverse.CallObject')).toBe(0);
    expect(await tryCall(node!.address, tls(own), 'goverse.RegisterGate')).toBe(0);
    const foreign = await strangers.sign();
    for (const method of toNodes) {
      for (const dial of [plain(), tls(), tls(foreign)])
        expect(await tryCall(node!.address, dial, method), method).toBe(UNAVAILABLE);
    }
    // Clients of the gate need no certificate.
    expect(await tryCall(cluster.gates[0]!.address, tls(), 'client.CallObject')).toBe(0);
  });

  it('finds every node under one name, if its certificates have one', async () => {
    const named = await authority.sign('node.chat.internal');
    const ca = authority.ca;
    const node = { tls: { ...named, ca, serverName: 'node.chat.internal' } };
    cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Safe], node, gate: node });
    for (const key of ['1', '2', '3', '4']) expect(await cluster.goverse.object(Safe, key).open({})).toMatch(/opened/);
  });
});

describe('a cluster secret', () => {
  it('keeps strangers from calling and from registering', async () => {
    const options = { clusterSecret: 'known to the cluster' };
    cluster = await TestCluster.start({ nodes: 1, gates: 1, providers: [Safe], node: options, gate: options });
    for (const method of toNodes)
      expect(await tryCall(cluster.nodes[0]!.address, plain(), method), method).toBe(UNAUTHENTICATED);
    expect(await tryCall(cluster.gates[0]!.address, plain(), 'client.CallObject')).toBe(0);
  });
});

describe('TLS on the ports for clients', () => {
  const https = (address: string, certificate?: TestCertificate): Promise<number> =>
    new Promise((resolve, reject) => {
      const [host, port] = address.split(':');
      const options = { host, port, path: '/v1/objects/Safe-1/open', method: 'POST', ca: authority.ca, agent: false };
      httpsRequest({ ...options, ...certificate }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });

  it('is that of the cluster unless another certificate is given, on gRPC and HTTP alike', async () => {
    const gate = { clientTls: { ...own } };
    cluster = await TestCluster.start({ nodes: 1, gates: 1, providers: [Safe], gate });
    const [first] = cluster.gates;
    expect(await tryCall(first!.address, tls(), 'client.CallObject')).toBe(0);
    expect(await https(first!.httpAddress!)).toBe(200);
    expect(await tryCall(first!.address, plain(), 'client.CallObject')).toBe(UNAVAILABLE);
    await expect(fetch(`http://${first!.httpAddress}/readyz`)).rejects.toThrow();
    // Bytes that are no handshake end that connection alone.
    const socket = connectTcp(Number(first!.httpAddress!.split(':')[1]), '127.0.0.1');
    socket.end('GET / HTTP/1.1\r\n\r\n').resume();
    await new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
    expect(await https(first!.httpAddress!)).toBe(200);
  });

  it.each(['grpcs', 'wss', 'https'] as const)(
    'is spoken by the TypeScript client over %s://, pushes too',
    async (protocol) => {
      cluster = await TestCluster.start({ nodes: 1, gates: 1, providers: [Safe], gate: { clientTls: own } });
      const [first] = cluster.gates;
      const url = `${protocol}://${protocol === 'grpcs' ? first!.address : first!.httpAddress}`;
      const trusting = ({ ca }: TestAuthority) => (protocol === 'https' ? { fetch: fetchWithCa(ca) } : { tls: { ca } });
      const client = await GoverseClient.connect(url, trusting(authority));
      expect(await client.callObject('Safe-1', 'open', {})).toBe('opened by a client');
      const pushed = new Promise((resolve) => client.on('Opened', resolve));
      const push = cluster.nodes[0]!.app.get(PushService, { strict: false });
      await push.pushMessageToClient(client.clientId, { type: 'Opened', data: { by: 'ann' } });
      expect(await pushed).toEqual({ by: 'ann' });
      await client.close();
      // Nobody signed it whom the client knows.
      const attempt = GoverseClient.connect(url, { ...trusting(strangers), connectTimeoutMs: 500 });
      await expect(attempt).rejects.toMatchObject({ reason: 'NOT_READY' });
    },
  );

  it('asks clients for certificates only where that is said', async () => {
    const gate = { clientTls: { ...own, ca: authority.ca } };
    cluster = await TestCluster.start({ nodes: 1, gates: 1, providers: [Safe], gate });
    const [first] = cluster.gates;
    expect(await tryCall(first!.address, tls(), 'client.CallObject')).toBe(UNAVAILABLE);
    expect(await tryCall(first!.address, tls(own), 'client.CallObject')).toBe(0);
    expect(await https(first!.httpAddress!, own)).toBe(200);
    await expect(https(first!.httpAddress!)).rejects.toThrow();
    await expect(https(first!.httpAddress!, await strangers.sign())).rejects.toThrow();
  });

  it('can be left to something before the gate', async () => {
    const both = { tls: { ...own, ca: authority.ca } };
    cluster = await TestCluster.start({
      nodes: 1,
      gates: 1,
      providers: [Safe],
      node: both,
      gate: { ...both, clientTls: false },
    });
    expect(await tryCall(cluster.gates[0]!.address, plain(), 'client.CallObject')).toBe(0);
    expect((await fetch(`http://${cluster.gates[0]!.httpAddress}/readyz`)).status).toBe(200);
  });

  describe('of a gate process', () => {
    let embedded: EmbeddedEtcd | undefined;
    let stop: () => Promise<void> = async () => {};
    afterAll(async () => {
      await stop();
      await embedded?.stop();
    });

    it('is in front of the HTTP server of the application', async () => {
      embedded = await EmbeddedEtcd.start({ listen: '127.0.0.1:0' });
      const etcd = [embedded.address];
      cluster = await TestCluster.start({ nodes: 1, gates: 0, providers: [Safe], etcd });
      @Module({
        imports: [
          GoverseGateModule.forRoot({ etcd, listen: '127.0.0.1:0', httpListen: '127.0.0.1:0', clientTls: own }),
        ],
      })
      class GateModule {}
      const started = await startGate(GateModule, { argv: [], env: {}, handleSignals: false });
      stop = () => started.stop();
      expect(await https(started.httpAddress!)).toBe(200);
      await expect(fetch(`http://${started.httpAddress}/readyz`)).rejects.toThrow();
      await stop();
    });
  });
});

describe('certificates that cannot be used', () => {
  it('stop the start, with the name of the setting', async () => {
    const start = (node: object) => TestCluster.start({ nodes: 1, gates: 0, providers: [Safe], node });
    await expect(start({ tls: { cert: '/nowhere.pem', key: own.key } })).rejects.toThrow(/tls\.cert cannot be read/);
    await expect(start({ tls: { cert: own.cert } })).rejects.toThrow(
      /tls needs both cert and key; tls\.key is missing/,
    );
    const other = await authority.sign();
    await expect(start({ tls: { cert: own.cert, key: other.key } })).rejects.toThrow(/tls cannot be used: .*mismatch/i);
  });
});
