import { afterEach, describe, expect, it } from 'vitest';
import { ClusterState } from '../../src/cluster/cluster-state.js';
import { EtcdConnection } from '../../src/cluster/etcd/index.js';
import { KeyLayout } from '../../src/cluster/key-layout.js';
import { encodeNode } from '../../src/cluster/member-record.js';
import { PROTOCOL } from '../../src/cluster/protocol.js';
import { encodeAssignment, encodeClaims } from '../../src/cluster/shard-list-codec.js';
import { ShardSet } from '../../src/cluster/shard-set.js';
import { DEFAULT_POOL, systemClock, uniqueId } from '../../src/core/index.js';
import { etcdStores } from '../support/etcd-stores.js';

const PREFIX = `/listing-${uniqueId()}/`;
/** More than two pages. */
const MANY = 1_203;
const [NODES, SHARDS] = [64, 8_192];

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(await etcdStores())('the list of a prefix on $name', ({ start }) => {
  async function connect(): Promise<{
    connection: EtcdConnection;
    put: (pairs: [string, Buffer | string][]) => Promise<void>;
  }> {
    const etcd = await start();
    const connection = new EtcdConnection({ endpoints: [etcd.endpoint] }, 5_000, systemClock);
    cleanups.push(
      () => etcd.stop(),
      () => connection.close(),
    );
    const put = async (pairs: [string, Buffer | string][]): Promise<void> => {
      // etcd takes 128 operations at a time.
      for (let from = 0; from < pairs.length; from += 100) {
        const slice = pairs.slice(from, from + 100).map(([key, value]) => ({ key, value }));
        await connection.transact({ when: [], put: slice });
      }
    };
    return { connection, put };
  }

  it('is read whole over several pages, at one revision, whatever is written meanwhile', async () => {
    const { connection, put } = await connect();
    const names = Array.from({ length: MANY }, (_, n) => `${PREFIX}gates/${String(n).padStart(5, '0')}`);
    await put(names.map((name) => [name, 'before']));
    const listing = connection.list(PREFIX);
    // The last page is read after this; it must not show.
    await put([
      [names.at(-1)!, 'after'],
      [`${PREFIX}gates/99999`, 'after'],
    ]);
    const { entries, revision } = await listing;
    const late = entries.some(({ value }) => value.toString() === 'after');
    expect(entries.map(({ key }) => key)).toEqual(late ? [...names, `${PREFIX}gates/99999`] : names);
    expect(entries.every(({ modRevision }) => modRevision <= revision)).toBe(true);
    const again = await connection.list(PREFIX);
    expect(again.entries).toHaveLength(MANY + 1);
    // Nothing beside the prefix is part of it.
    await put([[`${PREFIX.slice(0, -1)}0`, 'beside']]);
    expect((await connection.list(PREFIX)).entries).toHaveLength(MANY + 1);
  });

  it('has all of a cluster of 64 nodes and 8192 shards', async () => {
    const { connection, put } = await connect();
    const keys = new KeyLayout(PREFIX.slice(0, -1));
    const addresses = Array.from({ length: NODES }, (_, n) => `10.0.0.${n}:47000`);
    // Every 64th shard each: the longest way to write it down.
    const ownerOf = (shard: number) => addresses[shard % NODES]!;
    const all = Array.from({ length: SHARDS }, (_, shard) => shard);
    const record = {
      startId: 's',
      pool: DEFAULT_POOL,
      types: ['Room'],
      weight: 1,
      state: 'serving',
      ...PROTOCOL,
    } as const;
    await put([
      [keys.assignment, encodeAssignment(all.map(ownerOf))],
      ...addresses.flatMap((address): [string, Buffer | string][] => [
        [keys.node(address), encodeNode({ ...record, address })],
        [
          keys.claims(address),
          encodeClaims(
            new ShardSet(
              SHARDS,
              all.filter((shard) => ownerOf(shard) === address),
            ),
          ),
        ],
      ]),
    ]);
    const problems: string[] = [];
    const state = new ClusterState(keys, SHARDS, (problem) => problems.push(problem));
    const view = state.reset(await connection.list(keys.prefix));
    expect(problems).toEqual([]);
    expect([...view.nodes.keys()].toSorted()).toEqual(addresses.toSorted());
    expect(all.filter((shard) => view.ownerOf(shard) !== ownerOf(shard))).toEqual([]);
    expect(all.filter((shard) => view.assigneeOf(shard) !== ownerOf(shard))).toEqual([]);
  });
});
