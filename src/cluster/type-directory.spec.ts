import { describe, expect, it } from 'vitest';
import { encodeNode, parseNode } from './member-record.js';
import type { NodeRecord } from './member-record.js';
import { decodeTypes, encodeTypes, poolsOfTypes, rivalOf, withTypes } from './type-directory.js';

const node = (pool: string, ...types: string[]): NodeRecord => ({
  address: `${pool}:1`,
  startId: 's',
  protocol: 1,
  oldestProtocol: 1,
  pool,
  types,
  weight: 3,
  state: 'serving',
});
const none = new Map<string, string>();

describe('the directory of types', () => {
  it('is written only when a type is new or changes its pool', () => {
    const first = withTypes(undefined, 'default', ['Room', 'Lobby'])!;
    expect([...first]).toEqual([
      ['Room', 'default'],
      ['Lobby', 'default'],
    ]);
    expect(withTypes(first, 'default', ['Room'])).toBeUndefined();
    expect(withTypes(first, 'arena', ['Room'])?.get('Room')).toBe('arena');
    expect(withTypes(undefined, 'default', [])).toBeUndefined();
  });

  it('survives its encoding and refuses what is none', () => {
    const directory = new Map([['Room', 'default']]);
    expect(decodeTypes(Buffer.from(encodeTypes(directory)))).toEqual(directory);
    expect(() => decodeTypes(Buffer.from('{}'))).toThrow(SyntaxError);
  });

  it('knows a live node that hosts one of the types in another pool', () => {
    const nodes = [node('default', 'Room', 'Lobby'), node('arena', 'Arena')];
    expect(rivalOf(nodes, 'arena', ['Arena', 'Lobby'])).toMatchObject({ type: 'Lobby', node: { pool: 'default' } });
    expect(rivalOf(nodes, 'default', ['Room', 'New'])).toBeUndefined();
  });

  it('believes live nodes first, then the directory, then older views', () => {
    const directory = new Map([
      ['Room', 'default'],
      ['Arena', 'arena'],
    ]);
    const remembered = new Map([
      ['Arena', 'old'],
      ['Past', 'old'],
    ]);
    const pools = poolsOfTypes([node('fresh', 'Room')], directory, remembered);
    expect(Object.fromEntries(pools)).toEqual({ Room: 'fresh', Arena: 'arena', Past: 'old' });
    expect(poolsOfTypes([node('a', 'Room'), node('b', 'Room')], new Map([['Room', 'b']]), none).get('Room')).toBe('b');
  });
});

describe('the record of a node', () => {
  it('is read as it was written', () => {
    for (const record of [node('default', 'Room'), node('arena', 'Arena')])
      expect(parseNode(record.address, Buffer.from(encodeNode(record)))).toEqual(record);
  });

  it('belongs to the default pool if it names none', () => {
    const old = { startId: 's', types: ['Room'], weight: 2, state: 'serving', protocol: 1 };
    expect(parseNode('a:1', Buffer.from(JSON.stringify(old)))).toMatchObject({ pool: 'default', weight: 2 });
  });

  it('gives a process that knows no pools nothing to plan with outside of the default pool', () => {
    expect(JSON.parse(encodeNode(node('arena', 'Arena')))).toMatchObject({ weight: 0 });
    expect(JSON.parse(encodeNode(node('default', 'Room')))).toMatchObject({ weight: 3 });
  });
});
