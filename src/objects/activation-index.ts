import type { Activation } from './activation.js';

/** The activations of a process by object id and by shard. */
export class ActivationIndex implements Iterable<Activation> {
  private readonly byId = new Map<string, Activation>();
  private readonly byShard = new Map<number, Set<Activation>>();

  get size(): number {
    return this.byId.size;
  }

  get(objectId: string): Activation | undefined {
    return this.byId.get(objectId);
  }

  add(activation: Activation): void {
    this.byId.set(activation.id, activation);
    const { placement } = activation;
    if (!('shard' in placement)) return;
    const neighbours = this.byShard.get(placement.shard);
    if (neighbours) neighbours.add(activation);
    else this.byShard.set(placement.shard, new Set([activation]));
  }

  delete(activation: Activation): void {
    if (this.byId.get(activation.id) === activation) this.byId.delete(activation.id);
    const { placement } = activation;
    if (!('shard' in placement)) return;
    const neighbours = this.byShard.get(placement.shard);
    neighbours?.delete(activation);
    if (neighbours?.size === 0) this.byShard.delete(placement.shard);
  }

  inShards(shards: ReadonlySet<number>): Activation[] {
    return [...shards].flatMap((shard) => [...(this.byShard.get(shard) ?? [])]);
  }

  [Symbol.iterator](): Iterator<Activation> {
    return this.byId.values();
  }
}
