import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ShardSet } from './shard-set.js';

const NOBODY = 0xffff;

/** Assignee of each shard, by shard number. */
export type Assignees = readonly (string | undefined)[];

interface AssignmentJson {
  nodes: string[];
  shards: number;
  /** Index into `nodes` per shard, 16 bit, low bytes first and then high bytes (they deflate better apart). */
  list: string;
}

interface ClaimsJson {
  /** `"0-99,120"` */
  ranges?: string;
  /** One bit per shard, base64. */
  bitmap?: string;
}

/** Value of the assignment key: a table of nodes and a deflated list of 16-bit indexes into it. */
export function encodeAssignment(assignees: Assignees): string {
  const nodes = [...new Set(assignees.filter((address) => address !== undefined))].sort();
  if (nodes.length >= NOBODY)
    throw new RangeError(`An assignment names at most ${NOBODY - 1} nodes, not ${nodes.length}`);
  const index = new Map(nodes.map((address, i) => [address, i]));
  const planes = Buffer.alloc(assignees.length * 2);
  assignees.forEach((address, shard) => {
    const n = address === undefined ? NOBODY : (index.get(address) ?? NOBODY);
    planes[shard] = n & 0xff;
    planes[assignees.length + shard] = n >>> 8;
  });
  const value: AssignmentJson = { nodes, shards: assignees.length, list: deflateRawSync(planes).toString('base64') };
  return JSON.stringify(value);
}

/** Throws when the value is not an assignment of so many shards. */
export function decodeAssignment(value: Buffer, shards: number): Assignees {
  const { nodes, shards: count, list } = JSON.parse(value.toString()) as AssignmentJson;
  if (count !== shards) throw new RangeError(`the assignment is for ${count} shards, not ${shards}`);
  const planes = inflateRawSync(Buffer.from(list, 'base64'), { maxOutputLength: shards * 2 });
  if (planes.length !== shards * 2) throw new RangeError('the shard list of the assignment is cut short');
  return Array.from(
    { length: shards },
    (_, shard) => nodes[(planes[shard] ?? 0) | ((planes[shards + shard] ?? 0) << 8)],
  );
}

/** Value of a claims key: ranges, or a bitmap when that is shorter. */
export function encodeClaims(shards: ShardSet): string {
  const ranges = toRanges(shards);
  const bitmapLength = Math.ceil(shards.capacity / 24) * 4;
  const value: ClaimsJson =
    ranges.length <= bitmapLength ? { ranges } : { bitmap: shards.toBytes().toString('base64') };
  return JSON.stringify(value);
}

/** Throws when the value is not a set of claims. */
export function decodeClaims(value: Buffer, shards: number): ShardSet {
  const { ranges, bitmap } = JSON.parse(value.toString()) as ClaimsJson;
  if (bitmap !== undefined) return ShardSet.fromBytes(shards, Buffer.from(bitmap, 'base64'));
  if (ranges === undefined) throw new SyntaxError('the claims have neither ranges nor a bitmap');
  return fromRanges(ranges, shards);
}

function toRanges(shards: ShardSet): string {
  const parts: string[] = [];
  let first = -1;
  let last = -1;
  const close = (): void => {
    if (first >= 0) parts.push(first === last ? `${first}` : `${first}-${last}`);
  };
  for (const shard of shards) {
    if (shard !== last + 1 || first < 0) {
      close();
      first = shard;
    }
    last = shard;
  }
  close();
  return parts.join(',');
}

function fromRanges(text: string, shards: number): ShardSet {
  const set = new ShardSet(shards);
  for (const part of text === '' ? [] : text.split(',')) {
    const [first, last = first] = part.split('-').map(Number);
    if (first === undefined || last === undefined || !(first <= last) || last >= shards) {
      throw new RangeError(`${JSON.stringify(part)} is no range of shards below ${shards}`);
    }
    for (let shard = first; shard <= last; shard++) set.add(shard);
  }
  return set;
}
