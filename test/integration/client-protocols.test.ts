import { IsInt, IsOptional } from 'class-validator';
import { CallContext, GoverseError, GoverseObject, Method, ObjectContext, PushService } from 'nestjs-goverse';
import type { ClientOptions, Push } from 'nestjs-goverse/client';
import { GoverseClient } from 'nestjs-goverse/client';
import { TestCluster } from 'nestjs-goverse/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

class Amount {
  @IsOptional()
  @IsInt()
  by?: number;
}

/** What every protocol is tried with. */
@GoverseObject()
class Desk {
  private total = 0;
  static cancelled: string[] = [];

  constructor(
    private readonly self: ObjectContext,
    private readonly push: PushService,
  ) {}

  onActivate(start?: unknown): void {
    this.total = typeof start === 'number' ? start : 0;
  }

  @Method()
  add({ by = 1 }: Amount): number {
    return (this.total += by);
  }

  @Method('Describe')
  describe(argument: unknown, { clientId }: CallContext): unknown {
    return { argument, clientId, key: this.self.key };
  }

  @Method()
  nothing(): void {}

  @Method()
  refuse(): never {
    throw new GoverseError({
      reason: 'DESK_CLOSED',
      code: 'FAILED_PRECONDITION',
      message: 'come back tomorrow',
      details: { opensAt: 9 },
    });
  }

  /** As a method that was refused something itself. */
  @Method()
  passOn(): never {
    this.total += 1;
    throw new GoverseError({ reason: 'NOT_READY', message: 'not yet', retryable: false });
  }

  @Method()
  fail(): never {
    throw new Error('with a secret inside');
  }

  @Method()
  async wait(name: string, { signal }: CallContext): Promise<void> {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        Desk.cancelled.push(name);
        reject(new Error('aborted'));
      });
    });
  }

  @Method({ internal: true })
  secret(): number {
    return 42;
  }

  @Method('Ring')
  async ring(count: number, { clientId }: CallContext): Promise<void> {
    for (let n = 1; n <= count; n++) await this.push.pushMessageToClient(clientId!, { type: 'Rang', data: { n } });
  }
}

describe.each(['grpc', 'ws', 'http'] as const)('The client over %s', (scheme) => {
  let cluster: TestCluster;
  const clients: GoverseClient[] = [];
  let desks = 0;

  beforeAll(async () => {
    cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Desk] });
  });

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
  afterAll(() => cluster.stop());

  const newDesk = () => `Desk-${scheme}-${++desks}`;

  async function connect(options: ClientOptions = {}): Promise<GoverseClient> {
    const [gate] = cluster.gates;
    const address = scheme === 'grpc' ? gate!.address : gate!.httpAddress;
    const client = await GoverseClient.connect(`${scheme}://${address}`, options);
    clients.push(client);
    return client;
  }

  it('calls, with arguments and results of every kind of JSON', async () => {
    const client = await connect();
    const desk = newDesk();
    for (const argument of [
      null,
      0,
      'ünïcödé 漢字 "quoted"\n\u2028',
      [],
      {},
      [1, [null, { a: true }]],
      { nested: { x: 1.5 } },
    ]) {
      expect(await client.callObject(desk, 'Describe', argument)).toEqual({
        argument,
        clientId: client.clientId,
        key: desk.slice(5),
      });
    }
    expect(await client.callObject(desk, 'Describe')).not.toHaveProperty('argument');
    expect(await client.callObject(desk, 'nothing')).toBeUndefined();
  });

  it('finds methods by the name of the property, whatever their wire name', async () => {
    const client = await connect();
    const desk = client.object<Desk>(newDesk());
    expect(await desk.add({ by: 2 })).toBe(2);
    expect(await desk.describe('x')).toMatchObject({ argument: 'x' });
    expect(await client.object<Desk>(newDesk(), { methods: { describe: 'Describe' } }).describe(1)).toMatchObject({
      argument: 1,
    });
    const odd = client.object<{ gone(): void }>(newDesk());
    await expect(odd.gone()).rejects.toMatchObject({
      reason: 'METHOD_NOT_FOUND',
      message: expect.stringContaining('"gone"'),
    });
  });

  it('creates once, with the argument of onActivate, and deletes', async () => {
    const client = await connect();
    const desk = newDesk();
    expect(await client.createObject('Desk', desk, 40)).toBe(desk);
    expect(await client.createObject('Desk', desk, 1)).toBe(desk);
    expect(await client.callObject(desk, 'add', { by: 2 })).toBe(42);
    await client.deleteObject('Desk', desk);
    await client.deleteObject('Desk', desk);
    expect(await client.callObject(desk, 'add', {})).toBe(1);
    expect(await client.callObject('free text', 'add', { by: 3 }, { type: 'Desk' })).toBe(3);
  });

  it('gets errors with their reason, code, message and details', async () => {
    const client = await connect();
    const desk = newDesk();
    await expect(client.callObject(desk, 'refuse')).rejects.toMatchObject({
      name: 'GoverseError',
      reason: 'DESK_CLOSED',
      code: 'FAILED_PRECONDITION',
      message: 'come back tomorrow',
      details: { opensAt: 9 },
    });
    await expect(client.callObject(desk, 'fail')).rejects.toMatchObject({
      reason: 'METHOD_FAILED',
      message: expect.not.stringContaining('secret'),
    });
    for (const [method, argument, reason] of [
      ['add', { by: 'x' }, 'INVALID_ARGUMENT'],
      ['nope', {}, 'METHOD_NOT_FOUND'],
      ['secret', {}, 'ACCESS_DENIED'],
    ] as const) {
      await expect(client.callObject(desk, method, argument)).rejects.toMatchObject({ reason });
    }
    await expect(client.callObject('Nobody-x', 'add')).rejects.toMatchObject({ reason: 'UNKNOWN_TYPE' });
    await expect(client.callObject('nodash', 'add')).rejects.toMatchObject({ reason: 'INVALID_OBJECT_ID' });
    const large = 'x'.repeat(1024 * 1024 + 1);
    await expect(client.callObject(desk, 'Describe', large)).rejects.toMatchObject({ reason: 'PAYLOAD_TOO_LARGE' });
    expect(await client.callObject(desk, 'add', {})).toBe(1);
  });

  it('does not repeat a call whose method ran and passed on that something is not ready', async () => {
    const client = await connect();
    const desk = newDesk();
    await expect(client.callObject(desk, 'passOn')).rejects.toMatchObject({ reason: 'NOT_READY', retryable: false });
    expect(await client.callObject(desk, 'add', { by: 0 })).toBe(1);
  });

  it('cancels a call on its node, by signal, by deadline and by closing', async () => {
    const client = await connect();
    const user = new AbortController();
    const names = ['signal', 'deadline', 'close'].map((name) => `${scheme} ${name}`);
    const calls = names.map((name, index) =>
      client.callObject(
        newDesk(),
        'wait',
        name,
        index === 0 ? { signal: user.signal } : index === 1 ? { timeoutMs: 300 } : {},
      ),
    );
    const outcomes = Promise.allSettled(calls);
    await client.callObject(newDesk(), 'add', {});
    user.abort();
    await expect(calls[0]).rejects.toMatchObject({ reason: 'CANCELLED' });
    await expect(calls[1]).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    await client.close();
    await expect(calls[2]).rejects.toMatchObject({ reason: 'CANCELLED' });
    await outcomes;
    await expect.poll(() => Desk.cancelled.filter((name) => name.startsWith(scheme)).sort()).toEqual(names.sort());
  });

  it('receives pushes in order, by type and in a loop', async () => {
    const client = await connect();
    const handled: number[] = [];
    client.on<{ n: number }>('Rang', ({ n }) => handled.push(n));
    const loop = client[Symbol.asyncIterator]();
    await client.callObject(newDesk(), 'Ring', 100);
    const looped: Push<{ n: number }>[] = [];
    while (looped.length < 100) looped.push((await loop.next()).value as Push<{ n: number }>);
    const numbers = Array.from({ length: 100 }, (_, n) => n + 1);
    expect(looped.map(({ type, data }) => (type === 'Rang' ? data.n : type))).toEqual(numbers);
    expect(handled).toEqual(numbers);
  });

  it('has hundreds of calls under way at once', async () => {
    const client = await connect();
    const desk = newDesk();
    const results = await Promise.all(Array.from({ length: 300 }, () => client.callObject<number>(desk, 'add', {})));
    expect(results.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  });
});
