import type { ShardHost } from '../../src/cluster/index.js';

/** A ShardHost that keeps books, and can be told to have a turn running on a shard. */
export class RecordingShardHost implements ShardHost {
  /** Shards acquired and not released or fenced since. */
  readonly active = new Set<number>();
  readonly released: number[] = [];
  fences = 0;
  private readonly running = new Map<number, Promise<void>>();

  /** A turn that runs on the shard until the returned function is called. */
  startTurn(shard: number): () => void {
    let end!: () => void;
    this.running.set(shard, new Promise((resolve) => (end = resolve)));
    return () => {
      this.running.delete(shard);
      end();
    };
  }

  acquired(shards: ReadonlySet<number>): void {
    for (const shard of shards) this.active.add(shard);
  }

  async release(shards: ReadonlySet<number>): Promise<void> {
    await Promise.all([...shards].map((shard) => this.running.get(shard) ?? Promise.resolve()));
    for (const shard of shards) {
      this.active.delete(shard);
      this.released.push(shard);
    }
  }

  async fence(): Promise<void> {
    this.fences++;
    await Promise.all(this.running.values());
    this.active.clear();
  }
}
