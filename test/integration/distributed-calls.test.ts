import { IsInt, IsString, MaxLength, Min } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CallContext,
  GoverseError,
  GoverseObject,
  GoverseService,
  Method,
  ObjectContext,
  objectId,
} from '../../src/index.js';
import { TestCluster } from '../../src/testing/index.js';

class Deposit {
  @IsInt()
  @Min(1)
  amount!: number;

  @IsString()
  @MaxLength(10)
  note!: string;
}

interface Seen {
  id: string;
  callId: string;
  clientId?: string | undefined;
  isFromClient: boolean;
  deadline: number;
}

const seen = (call: CallContext): Seen => ({
  id: call.objectId,
  callId: call.callId,
  clientId: call.clientId,
  isFromClient: call.isFromClient,
  deadline: call.deadline,
});

@GoverseObject({ mailboxLimit: 100 })
class Account {
  private total = 0;
  private readonly order: number[] = [];

  constructor(
    private readonly self: ObjectContext,
    private readonly goverse: GoverseService,
  ) {}

  @Method()
  add(amount: number): number {
    this.total += amount;
    return this.total;
  }

  @Method('Deposit')
  deposit(args: Deposit): { isInstance: boolean; note: string; extra: boolean } {
    return { isInstance: args instanceof Deposit, note: args.note, extra: 'extra' in args };
  }

  @Method({ idempotent: true })
  echo(value: unknown): unknown {
    return value;
  }

  @Method()
  keep(value: { list: number[] }): void {
    value.list.push(99);
  }

  @Method()
  async note(n: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.order.push(n);
  }

  @Method({ readOnly: true })
  notes(): number[] {
    return this.order;
  }

  @Method()
  async chain(others: string[], call: CallContext): Promise<Seen[]> {
    const [next, ...rest] = others;
    if (next === undefined) return [seen(call)];
    return [seen(call), ...(await this.goverse.object(Account, next).chain(rest))];
  }

  @Method()
  async callAgain(others: string[]): Promise<unknown> {
    const [next = this.self.key, ...rest] = others;
    return this.goverse.object(Account, next).callAgain(rest);
  }

  @Method()
  refuse(): never {
    throw new GoverseError({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      message: 'no seat left',
      details: { seats: 3 },
    });
  }

  @Method()
  break(): never {
    throw new TypeError('boom');
  }

  @Method()
  async waitForAbort(_: undefined, call: CallContext): Promise<string> {
    await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }));
    aborted.get(this.self.key)?.();
    return 'aborted';
  }

  @Method()
  async waitBehind(other: string): Promise<unknown> {
    return this.goverse.object(Account, other).waitForAbort();
  }
}

/** Told when `waitForAbort` of a key saw its signal aborted. */
const aborted = new Map<string, () => void>();

describe('calls in a cluster of two nodes', () => {
  let cluster: TestCluster;

  /** A key whose object lives on the node with that index. */
  const keyOn = async (node: number, prefix: string): Promise<string> => {
    for (let n = 0; ; n++) {
      const key = `${prefix}${n}`;
      await cluster.goverse.object(Account, key).notes();
      if (cluster.nodes[node]!.objects().some(({ id }) => id === objectId(Account, key))) return key;
    }
  };

  beforeAll(async () => {
    cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Account] });
  });

  afterAll(() => cluster.stop());

  it('keeps one activation per id, whoever calls', async () => {
    for (const node of cluster.nodes) await node.goverse.object(Account, 'one').add(1);
    await cluster.gates[0]!.goverse.callObject('Account-one', 'add', 1);
    const client = await cluster.connect();
    expect(await client.callObject('Account-one', 'add', 3)).toBe(6);
    expect(cluster.nodes.flatMap((node) => node.objects()).filter(({ id }) => id === 'Account-one')).toHaveLength(1);
  });

  it('places an id on the shard and on the node it names', async () => {
    for (const node of cluster.nodes) {
      const id = `${node.address}/Account-pinned`;
      await cluster.goverse.callObject(id, 'add', 1);
      expect(node.objects().map((object) => object.id)).toContain(id);
    }
    await cluster.goverse.callObject('shard#5/Account-x', 'add', 1);
    await expect(cluster.goverse.callObject('127.0.0.1:1/Account-x', 'add', 1)).rejects.toMatchObject({
      reason: 'NO_OWNER',
    });
  });

  for (const where of [0, 1]) {
    describe(`to an object that is ${where === 0 ? 'local' : 'remote'}`, () => {
      let key: string;
      const caller = () => cluster.nodes[0]!.goverse;
      const account = () => caller().object(Account, key);

      beforeAll(async () => {
        key = await keyOn(where, `place${where}-`);
      });

      it('hand over what structuredClone copies', async () => {
        const value = {
          date: new Date(0),
          map: new Map([['a', new Set([1n, 2n ** 80n])]]),
          bytes: new Uint8Array([1, 2]),
          nothing: undefined,
          nan: Number.NaN,
        };
        expect(await account().echo(value)).toEqual(value);
      });

      it('copy their argument', async () => {
        const value = { list: [1] };
        await account().keep(value);
        expect(value.list).toEqual([1]);
      });

      it('refuse what cannot travel, naming the path', async () => {
        await expect(account().echo({ a: [() => 1] })).rejects.toMatchObject({
          reason: 'INVALID_ARGUMENT',
          message: expect.stringMatching(/a\b.*0/s),
        });
      });

      it('make the declared class of an argument, validated', async () => {
        const plain = { amount: 5, note: 'hi', extra: true } as unknown as Deposit;
        expect(await account().deposit(plain)).toEqual({ isInstance: true, note: 'hi', extra: false });
        await expect(account().deposit({ amount: 0, note: 1 } as unknown as Deposit)).rejects.toMatchObject({
          reason: 'INVALID_ARGUMENT',
          message: expect.stringMatching(/amount(.|\n)*note/),
        });
      });

      it('do not validate an instance of the declared class again', async () => {
        const instance = Object.assign(new Deposit(), { amount: -1, note: 'trusted' });
        expect(await account().deposit(instance)).toMatchObject({ isInstance: true, note: 'trusted' });
      });

      it('bring back the same error', async () => {
        await expect(account().refuse()).rejects.toMatchObject({
          constructor: GoverseError,
          reason: 'ROOM_FULL',
          code: 'FAILED_PRECONDITION',
          message: 'no seat left',
          details: { seats: 3 },
        });
        await expect(account().break()).rejects.toMatchObject({ reason: 'METHOD_FAILED', message: 'TypeError: boom' });
      });

      it('run in the order they were made', async () => {
        const fresh = await keyOn(where, `order${where}-`);
        const target = caller().object(Account, fresh);
        await Promise.all(Array.from({ length: 90 }, (_, n) => target.note(n)));
        expect(await target.notes()).toEqual(Array.from({ length: 90 }, (_, n) => n));
      });

      it('end at their deadline, and the method hears of it', async () => {
        const heard = new Promise<void>((resolve) => aborted.set(key, resolve));
        const call = caller().callObject(objectId(Account, key), 'waitForAbort', undefined, { timeoutMs: 50 });
        await expect(call).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
        await heard;
      });

      it('are cancelled through every nested call', async () => {
        const far = await keyOn(1 - where, `far${where}-`);
        const heard = new Promise<void>((resolve) => aborted.set(far, resolve));
        const controller = new AbortController();
        const call = caller().callObject(objectId(Account, key), 'waitBehind', far, { signal: controller.signal });
        setImmediate(() => controller.abort());
        await expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
        // Cancelled before it reached the far object, or there: either way nothing goes on.
        await Promise.race([heard, cluster.goverse.object(Account, far).notes()]);
      });
    });
  }

  it('carry client, deadline and no more across nodes', async () => {
    const client = await cluster.connect();
    const keys = [await keyOn(0, 'c'), await keyOn(1, 'c'), await keyOn(0, 'd')];
    const hops = await client.callObject<Seen[]>(objectId(Account, keys[0]!), 'chain', keys.slice(1), {
      timeoutMs: 5_000,
    });
    expect(hops.map(({ id }) => id)).toEqual(keys.map((key) => objectId(Account, key)));
    expect(hops.map(({ clientId }) => clientId)).toEqual([client.clientId, client.clientId, client.clientId]);
    expect(hops.map(({ isFromClient }) => isFromClient)).toEqual([true, false, false]);
    expect(Math.max(...hops.map(({ deadline }) => deadline)) - hops[0]!.deadline).toBeLessThan(100);
  });

  it('that come back to a waiting object end with the printed chain', async () => {
    const [near, far] = [await keyOn(0, 'n'), await keyOn(1, 'f')];
    for (const chain of [[near], [far, near], [far, near, far]]) {
      await expect(cluster.nodes[0]!.goverse.object(Account, near).callAgain(chain)).rejects.toMatchObject({
        reason: 'CALL_CYCLE',
        message: expect.stringContaining(`Account-${near}`),
      });
    }
  });

  it('of what a proxy does not have are refused, and a proxy is not thenable', async () => {
    const account = cluster.goverse.object(Account, 'p') as unknown as Record<string, () => Promise<unknown>>;
    await expect(account['noSuch']!()).rejects.toMatchObject({ reason: 'METHOD_NOT_FOUND' });
    expect(account['then']).toBeUndefined();
    expect(await Promise.resolve(account)).toBe(account);
  });

  it('take no timeout that is no time', async () => {
    for (const timeoutMs of [0, -1, Number.NaN, '5']) {
      const call = cluster.goverse.callObject('Account-timed', 'add', 1, { timeoutMs: timeoutMs as number });
      await expect(call).rejects.toMatchObject({
        reason: 'INVALID_ARGUMENT',
        message: expect.stringContaining('timeoutMs'),
      });
    }
    expect(await cluster.goverse.callObject('Account-timed', 'add', 0, { timeoutMs: Infinity })).toBe(0);
  });

  it('create and delete', async () => {
    const { goverse } = cluster;
    expect(await goverse.createObject(Account, 'Account-made')).toBe('Account-made');
    await goverse.object(Account, 'made').add(5);
    expect(await goverse.createObject('Account', 'Account-made')).toBe('Account-made');
    expect(await goverse.object(Account, 'made').add(0)).toBe(5);
    await goverse.deleteObject(Account, 'Account-made');
    await goverse.deleteObject(Account, 'Account-made');
    expect(await goverse.object(Account, 'made').add(0)).toBe(0);
    await expect(goverse.callObject('lobby', 'add', 1)).rejects.toMatchObject({ reason: 'INVALID_OBJECT_ID' });
    await expect(goverse.callObject('Nothing-1', 'add', 1)).rejects.toMatchObject({ reason: 'UNKNOWN_TYPE' });
    await expect(goverse.callObject('my free text', 'add', 2, { type: 'Account' })).resolves.toBe(2);
  });
});
