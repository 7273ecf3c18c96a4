/** A set of shard numbers below `capacity`, one bit each. */
export class ShardSet implements Iterable<number> {
  private readonly words: Uint32Array;
  private count = 0;

  constructor(
    readonly capacity: number,
    shards: Iterable<number> = [],
  ) {
    this.words = new Uint32Array(Math.ceil(capacity / 32));
    for (const shard of shards) this.add(shard);
  }

  get size(): number {
    return this.count;
  }

  has(shard: number): boolean {
    return ((this.words[shard >>> 5] ?? 0) & (1 << (shard & 31))) !== 0;
  }

  add(shard: number): void {
    if (shard < 0 || shard >= this.capacity || this.has(shard)) return;
    this.words[shard >>> 5] = (this.words[shard >>> 5] ?? 0) | (1 << (shard & 31));
    this.count++;
  }

  delete(shard: number): void {
    if (!this.has(shard)) return;
    this.words[shard >>> 5] = (this.words[shard >>> 5] ?? 0) & ~(1 << (shard & 31));
    this.count--;
  }

  clear(): void {
    this.words.fill(0);
    this.count = 0;
  }

  equals(other: ShardSet): boolean {
    return this.count === other.count && this.words.every((word, i) => word === other.words[i]);
  }

  isSubsetOf(other: ShardSet): boolean {
    return this.words.every((word, i) => (word & ~(other.words[i] ?? 0)) === 0);
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.words.length; i++) {
      let word = this.words[i] ?? 0;
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        yield i * 32 + bit;
        word &= word - 1;
      }
    }
  }

  /** The bits, shard 0 lowest in the first byte. */
  toBytes(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.capacity / 8));
    for (const shard of this) bytes[shard >>> 3] = (bytes[shard >>> 3] ?? 0) | (1 << (shard & 7));
    return bytes;
  }

  static fromBytes(capacity: number, bytes: Uint8Array): ShardSet {
    const set = new ShardSet(capacity);
    bytes.forEach((byte, i) => {
      for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) set.add(i * 8 + bit);
    });
    return set;
  }
}
