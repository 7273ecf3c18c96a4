import type { Activation } from './activation.js';

/** The activations of a process by object id and by shard. */
export class ActivationIndex implements Iterable<Activation> {
  private readonly byId = new Map<string, Activation>();
  /** Arrays, in which each knows its seat: a Set takes three times the memory, and there may be a million objects. */
  private readonly byShard = new Map<number, Activation[]>();

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
    if (neighbours) activation.seat = neighbours.push(activation) - 1;
    else this.byShard.set(placement.shard, [activation]);
  }

  delete(activation: Activation): void {
    if (this.byId.get(activation.id) === activation) this.byId.delete(activation.id);
    const { placement } = activation;
    if (!('shard' in placement)) return;
    const neighbours = this.byShard.get(placement.shard);
    if (neighbours?.[activation.seat] !== activation) return;
    const last = neighbours.pop() as Activation;
    if (last !== activation) {
      neighbours[activation.seat] = last;
      last.seat = activation.seat;
    }
    if (neighbours.length === 0) this.byShard.delete(placement.shard);
  }

  inShards(shards: ReadonlySet<number>): Activation[] {
    return [...shards].flatMap((shard) => [...(this.byShard.get(shard) ?? [])]);
  }

  [Symbol.iterator](): Iterator<Activation> {
    return this.byId.values();
  }
}
