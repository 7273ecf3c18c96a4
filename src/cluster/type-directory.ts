import type { NodeRecord } from './member-record.js';

/** Which pool each object type was last bound to. An object type is hosted by one pool only, else an id had two activations. */
export type TypeDirectory = ReadonlyMap<string, string>;

export interface TypesEntry {
  /** `mod_revision` of its key. */
  readonly version: number;
  readonly pools: TypeDirectory;
}

/** Value of the types key. */
export function encodeTypes(pools: TypeDirectory): string {
  return JSON.stringify({ pools: Object.fromEntries([...pools].sort(([a], [b]) => (a < b ? -1 : 1))) });
}

/** Throws when the value is no directory. */
export function decodeTypes(value: Buffer): TypeDirectory {
  const { pools } = JSON.parse(value.toString()) as { pools?: Record<string, unknown> };
  if (typeof pools !== 'object' || pools === null) throw new SyntaxError('the types name no pools');
  return new Map(Object.entries(pools).map(([type, pool]) => [type, String(pool)]));
}

/** The directory with these types in that pool; undefined if they are there already. */
export function withTypes(
  directory: TypeDirectory | undefined,
  pool: string,
  types: readonly string[],
): TypeDirectory | undefined {
  if (types.every((type) => directory?.get(type) === pool)) return undefined;
  return new Map([...(directory ?? []), ...types.map((type) => [type, pool] as const)]);
}

/** A live node of another pool that hosts one of these types: whoever would host it too must not join. */
export function rivalOf(
  nodes: Iterable<NodeRecord>,
  pool: string,
  types: readonly string[],
): { node: NodeRecord; type: string } | undefined {
  for (const node of nodes) {
    const type = node.pool === pool ? undefined : types.find((name) => node.types.includes(name));
    if (type !== undefined) return { node, type };
  }
  return undefined;
}

/** Pool of each type: where it is hosted now, else where it was hosted last by the directory, else by an older view. */
export function poolsOfTypes(
  nodes: Iterable<NodeRecord>,
  directory: TypeDirectory | undefined,
  remembered: TypeDirectory,
): TypeDirectory {
  const pools = new Map([...remembered, ...(directory ?? [])]);
  const live = new Set<string>();
  for (const { types, pool } of nodes) {
    for (const type of types) {
      // Only a process that knows no directory can host a type a second time; the directory decides then.
      if (live.has(type) && directory?.get(type) !== pool) continue;
      live.add(type);
      pools.set(type, pool);
    }
  }
  return pools;
}
