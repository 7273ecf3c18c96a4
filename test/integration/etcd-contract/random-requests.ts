import type { Plain } from './contract-api.js';

export interface RandomRequest {
  readonly service: 'KV' | 'Lease';
  readonly method: string;
  readonly request: Plain;
}

const KEYS = ['a', 'b', 'b\0', 'ba', 'c', 'd', '\xff'];
const ENDS = ['', '', '', 'b', 'c', 'd', '\0', '\xff'];
/** Deleting without an end beside a put in one transaction can crash etcd 3.4, so transactions do not. */
const BOUNDED_ENDS = ENDS.filter((end) => end !== '\0');
const LEASES = ['101', '102', '103'];

/** A reproducible stream of requests over few keys and leases, so that they meet: most of them valid, some not. */
export class RandomRequests {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** @param revision the store's current revision, to aim at the past and a little into the future */
  next(revision: number): RandomRequest {
    const roll = this.below(100);
    if (roll < 30) return { service: 'KV', method: 'Put', request: this.put() };
    if (roll < 55) return { service: 'KV', method: 'Range', request: this.range(revision) };
    if (roll < 63) return { service: 'KV', method: 'DeleteRange', request: this.deleteRange(ENDS) };
    if (roll < 88) return { service: 'KV', method: 'Txn', request: this.txn(revision, 2) };
    if (roll < 90) return { service: 'KV', method: 'Compact', request: { revision: this.around(revision) } };
    if (roll < 94) return { service: 'Lease', method: 'LeaseGrant', request: { TTL: 5000, ID: this.pick(LEASES) } };
    if (roll < 98) return { service: 'Lease', method: 'LeaseRevoke', request: { ID: this.pick(LEASES) } };
    return { service: 'Lease', method: 'LeaseLeases', request: {} };
  }

  private put(): Plain {
    const lease = this.chance(3) ? this.pick(LEASES) : '0';
    const ignoreValue = this.chance(6);
    return {
      key: this.pick(KEYS),
      value: ignoreValue ? '' : String(this.below(4)),
      lease,
      prev_kv: this.chance(2),
      ignore_value: ignoreValue,
      ignore_lease: lease === '0' && this.chance(5),
    };
  }

  private range(revision: number): Plain {
    const bound = () => (this.chance(6) ? this.around(revision) : 0);
    return {
      key: this.chance(30) ? '' : this.pick(KEYS),
      range_end: this.pick(ENDS),
      limit: this.below(4),
      revision: this.chance(3) ? this.around(revision) : 0,
      sort_order: this.below(3),
      sort_target: this.below(5),
      keys_only: this.chance(4),
      count_only: this.chance(6),
      min_mod_revision: bound(),
      max_mod_revision: bound(),
      min_create_revision: bound(),
      max_create_revision: bound(),
    };
  }

  private deleteRange(ends: readonly string[]): Plain {
    return { key: this.pick(KEYS), range_end: this.pick(ends), prev_kv: this.chance(2) };
  }

  private txn(revision: number, depth: number): Plain {
    return {
      compare: this.list(3, () => this.compare(revision)),
      success: this.list(4, () => this.operation(revision, depth)),
      failure: this.list(4, () => this.operation(revision, depth)),
    };
  }

  private operation(revision: number, depth: number): Plain {
    const roll = this.below(10);
    if (roll < 4) return { request_put: this.put() };
    if (roll < 7) return { request_range: this.range(revision) };
    if (roll < 9 || depth === 0) return { request_delete_range: this.deleteRange(BOUNDED_ENDS) };
    return { request_txn: this.txn(revision, depth - 1) };
  }

  private compare(revision: number): Plain {
    const against = this.pick<Plain>([
      { target: 'Version', version: this.below(4) },
      { target: 'Create', create_revision: this.chance(2) ? 0 : this.around(revision) },
      { target: 'Mod', mod_revision: this.chance(2) ? 0 : this.around(revision) },
      { target: 'Value', value: String(this.below(4)) },
      { target: 'Lease', lease: this.pick(['0', ...LEASES]) },
    ]);
    return { ...against, key: this.pick(KEYS), range_end: this.pick(ENDS), result: this.below(4) };
  }

  private around(revision: number): number {
    return Math.max(1, revision + 2 - this.below(20));
  }

  private list<T>(limit: number, make: () => T): T[] {
    return Array.from({ length: this.below(limit) }, make);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  private chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  /** mulberry32 */
  private below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }
}
