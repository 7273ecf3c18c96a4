import { tombstone, type KeyValue } from './key-value.js';
import type { Compare } from './operations.js';
import type { Readable } from './range-query.js';

/** Whether the condition holds now. A missing key compares as all zeros, except that its value equals nothing. */
export function holds(readable: Readable, compare: Compare): boolean {
  const kvs = readable.find(compare.range, 0);
  if (kvs.length > 0) return kvs.every((kv) => holdsFor(compare, kv));
  return compare.against.target !== 'Value' && holdsFor(compare, tombstone(compare.range.start, 0));
}

function holdsFor(compare: Compare, kv: KeyValue): boolean {
  const order = orderOf(compare, kv);
  switch (compare.result) {
    case 'Equal':
      return order === 0;
    case 'NotEqual':
      return order !== 0;
    case 'Greater':
      return order > 0;
    case 'Less':
      return order < 0;
  }
}

function orderOf(compare: Compare, kv: KeyValue): number {
  if (compare.against.target === 'Value') return Buffer.compare(kv.value, compare.against.bytes);
  const actual = numberOf(compare.against.target, kv);
  const wanted = compare.against.number;
  return actual < wanted ? -1 : actual > wanted ? 1 : 0;
}

function numberOf(target: 'Version' | 'Create' | 'Mod' | 'Lease', kv: KeyValue): bigint {
  switch (target) {
    case 'Version':
      return BigInt(kv.version);
    case 'Create':
      return BigInt(kv.createRevision);
    case 'Mod':
      return BigInt(kv.modRevision);
    case 'Lease':
      return BigInt(kv.lease);
  }
}
