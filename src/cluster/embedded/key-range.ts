/** The keys `start <= key < end`; without an end, every key from `start` on. */
export interface KeyRange {
  readonly start: string;
  readonly end?: string;
}

export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** etcd's three spellings: no `range_end` is one key, `range_end` of one zero byte is everything from `key` on. */
export function keyRange(key: Uint8Array, rangeEnd: Uint8Array): KeyRange {
  const start = keyOf(key);
  if (rangeEnd.length === 0) return singleKey(start);
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { start };
  return { start, end: keyOf(rangeEnd) };
}

export function singleKey(key: string): KeyRange {
  return { start: key, end: `${key}\0` };
}

export function inRange(range: KeyRange, key: string): boolean {
  return key >= range.start && (range.end === undefined || key < range.end);
}
