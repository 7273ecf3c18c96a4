import { goverseError } from './errors.js';
import type { GoverseError } from './errors.js';
import { uniqueId } from './unique-id.js';

/** Shards of a cluster unless configured otherwise. */
export const DEFAULT_SHARDS = 8192;

/** Longest object id in bytes of UTF-8. */
export const MAX_OBJECT_ID_BYTES = 255;

/** Where an object id must live: on the owner of a shard, or on one node. */
export type Placement = { readonly shard: number } | { readonly node: string };

export interface ParsedObjectId {
  readonly id: string;
  readonly placement: Placement;
  /** The object's type name. */
  readonly type: string;
  /** The id without placement and type prefix; the whole id when it does not begin with `<type>-`. */
  readonly key: string;
}

const TYPE_NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;
const SHARD_PREFIX = /^shard#(\d{1,10})$/;
const HOST_PORT = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const utf8 = new TextEncoder();
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SPACE = 0x20;
const SLASH = 0x2f;
const TILDE = 0x7e;

/** True if `name` may name an object type: `[A-Za-z_][A-Za-z0-9_.]*`. */
export function isTypeName(name: string): boolean {
  return TYPE_NAME.test(name);
}

/** True for `host:port` with a port of 1 to 65535. */
export function isNodeAddress(text: string): boolean {
  const port = Number(HOST_PORT.exec(text)?.[1] ?? 0);
  return port >= 1 && port <= 65535;
}

/** FNV-1a, 32 bit, over the UTF-8 bytes. Source: RFC 9923. */
export function fnv1a32(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/** The last id that was read, and among how many shards: each step on the way of a call reads it. */
let last: ParsedObjectId | undefined;
let lastShards = 0;

/**
 * Placement of an object id: `shard#5/...` on shard 5, `host:port/...` on that node, every other id on the shard
 * its whole text hashes to. Throws `INVALID_OBJECT_ID`.
 */
export function placementOf(id: string, shards: number = DEFAULT_SHARDS): Placement {
  return id === last?.id && shards === lastShards ? last.placement : split(id, shards).placement;
}

/** Shard of an object id; throws `INVALID_OBJECT_ID` for an id that is bound to a node. */
export function shardOf(id: string, shards: number = DEFAULT_SHARDS): number {
  const placement = placementOf(id, shards);
  if ('shard' in placement) return placement.shard;
  throw invalid(id, `it is bound to the node ${placement.node}, not to a shard`);
}

/**
 * Reads an object id. The type is what stands before the first `-` (after the placement prefix, if there is one),
 * unless the caller gives it. Throws `INVALID_OBJECT_ID`.
 */
export function parseObjectId(id: string, shards: number = DEFAULT_SHARDS, explicitType?: string): ParsedObjectId {
  if (id === last?.id && shards === lastShards && (!explicitType || explicitType === last.type)) return last;
  const parsed = read(id, shards, explicitType);
  // One with another type than its text says would not do for those who read the text alone.
  if (!explicitType) {
    last = parsed;
    lastShards = shards;
  }
  return parsed;
}

function read(id: string, shards: number, explicitType: string | undefined): ParsedObjectId {
  const { placement, rest } = split(id, shards);
  if (explicitType !== undefined && explicitType !== '') {
    if (!isTypeName(explicitType))
      throw invalid(id, `the type ${JSON.stringify(explicitType)} is no type name ([A-Za-z_][A-Za-z0-9_.]*)`);
    return { id, placement, type: explicitType, key: keyIn(rest, id, explicitType) };
  }
  const dash = rest.indexOf('-');
  const type = dash < 0 ? '' : rest.slice(0, dash);
  if (dash < 0) throw invalid(id, 'it has no dash after the type; write <Type>-<key> or give the type separately');
  if (!isTypeName(type))
    throw invalid(id, `${JSON.stringify(type)} before the first dash is no type name ([A-Za-z_][A-Za-z0-9_.]*)`);
  if (dash === rest.length - 1) throw invalid(id, 'nothing stands after the dash; write <Type>-<key>');
  return { id, placement, type, key: rest.slice(dash + 1) };
}

/** A unique object id of a type: `<type>-<20 random characters>`. */
export function newObjectId(type: string): string {
  if (!isTypeName(type)) throw invalid(type, 'it is no type name ([A-Za-z_][A-Za-z0-9_.]*)');
  return `${type}-${uniqueId()}`;
}

/** A unique object id of a type on shard `n`. */
export function newObjectIdOnShard(type: string, n: number): string {
  if (!Number.isSafeInteger(n) || n < 0) throw invalid(`shard#${n}/${type}`, 'a shard is a whole number from 0');
  return `shard#${n}/${newObjectId(type)}`;
}

/** A unique object id of a type on the node with that advertised address (`host:port`). */
export function newObjectIdOnNode(type: string, address: string): string {
  if (!isNodeAddress(address)) throw invalid(`${address}/${type}`, `${JSON.stringify(address)} is no host:port`);
  return `${address}/${newObjectId(type)}`;
}

/** The key of an object of that type: its id without placement and type prefix, the whole id if it has no such prefix. */
export function keyOf(id: string, type: string): string {
  return keyIn(id.slice(id.indexOf('/') + 1), id, type);
}

function keyIn(rest: string, id: string, type: string): string {
  const prefix = `${type}-`;
  return rest.startsWith(prefix) && rest.length > prefix.length ? rest.slice(prefix.length) : id;
}

/** Shards whose placement is made once: objects keep theirs, and there may be a million of them. */
const SHARED_PLACEMENTS = 16_384;
const placements: (Placement | undefined)[] = Array.from({ length: SHARED_PLACEMENTS });

function onShard(shard: number): Placement {
  return shard < SHARED_PLACEMENTS ? (placements[shard] ??= { shard }) : { shard };
}

interface SplitId {
  readonly placement: Placement;
  readonly rest: string;
}

function split(id: string, shards: number): SplitId {
  const shard = typeof id === 'string' ? plainShardOf(id, shards) : undefined;
  return shard === undefined ? splitAny(id, shards) : { placement: onShard(shard), rest: id };
}

/**
 * Shard of an id of printable ASCII without placement, hashed in one pass; undefined for every other id. Most ids are
 * like that, and each call looks at its id more than once.
 */
function plainShardOf(id: string, shards: number): number | undefined {
  const { length } = id;
  if (length === 0 || length > MAX_OBJECT_ID_BYTES || id.startsWith('shard#')) return undefined;
  let hash = FNV_OFFSET;
  for (let i = 0; i < length; i++) {
    const code = id.charCodeAt(i);
    if (code < SPACE || code > TILDE || code === SLASH) return undefined;
    hash = Math.imul(hash ^ code, FNV_PRIME);
  }
  return (hash >>> 0) % shards;
}

function splitAny(id: string, shards: number): SplitId {
  if (typeof id !== 'string' || id.length === 0) throw invalid(String(id), 'it is empty; write <Type>-<key>');
  if (!id.isWellFormed()) throw invalid(id, 'it is not well-formed Unicode');
  if (CONTROL.test(id)) throw invalid(id, 'it has control characters');
  if (id.length > MAX_OBJECT_ID_BYTES || Buffer.byteLength(id) > MAX_OBJECT_ID_BYTES) {
    throw invalid(`${id.slice(0, 32)}...`, `it is longer than ${MAX_OBJECT_ID_BYTES} bytes of UTF-8`);
  }
  const slash = id.indexOf('/');
  if (slash < 0) {
    if (id.startsWith('shard#')) throw invalid(id, 'nothing stands behind the shard; write shard#<n>/<Type>-<key>');
    return { placement: onShard(fnv1a32(id) % shards), rest: id };
  }
  const prefix = id.slice(0, slash);
  const rest = id.slice(slash + 1);
  if (rest === '') throw invalid(id, 'nothing stands after the slash');
  const shard = SHARD_PREFIX.exec(prefix);
  if (shard) {
    const n = Number(shard[1]);
    if (n >= shards) throw invalid(id, `shards go from 0 to ${shards - 1}`);
    return { placement: onShard(n), rest };
  }
  if (!isNodeAddress(prefix))
    throw invalid(id, `the part before the slash must be shard#<0..${shards - 1}> or host:port`);
  return { placement: { node: prefix }, rest };
}

function invalid(id: string, why: string): GoverseError {
  return goverseError('INVALID_OBJECT_ID', `The object id ${JSON.stringify(id)} is not valid: ${why}`);
}
