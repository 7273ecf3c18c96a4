import type { TransactionResult } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import type { Registration } from './registration.js';
import { lossInKeys, lossInView } from './registration.js';
import type { ShardEpoch } from './shard-epoch.js';
import { decodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';

/**
 * How a node treats shards at the moment: `serving` takes and gives as assigned; `draining` takes none;
 * `leaving` gives up all of them, whether somebody takes them or not.
 */
export type ClaimMode = 'serving' | 'draining' | 'leaving';

/** A write of the claims key. One is in flight at a time; its outcome is told by `succeeded`, `refused` or `unknown`. */
export interface ClaimWrite {
  /** The whole new content. */
  readonly shards: ShardSet;
  readonly adds: ShardSet;
  readonly removed: number;
  /** The key's last known `mod_revision`, 0 = absent. */
  readonly base: number;
  /** The assignment that makes this node the assignee of what it adds; undefined if it adds nothing. */
  readonly assignmentVersion: number | undefined;
}

export type ClaimDecision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'write'; readonly write: ClaimWrite }
  | { readonly kind: 'fence'; readonly reason: string };

const NOTHING: ClaimDecision = { kind: 'nothing' };
const NONE: ReadonlySet<number> = new Set();

/**
 * What one node knows of its own claims, and what it may do next (cluster.md, rules 2, 3 and 5). Events in, decisions
 * out; no I/O and no clock, so that the very same code runs under a random model of etcd.
 */
export class ClaimLedger {
  /** Turns may run there: a confirmed claim that is not being released. */
  private readonly held: ShardSet;
  /** Still claimed; its last turns are ending. */
  private readonly ending: ShardSet;
  /** Content of the key by the last confirmed write or reading. */
  private written: ShardSet;
  private keyRevision = 0;
  private inFlight: ClaimWrite | undefined;
  /** A write was sent whose outcome nobody knows: only a later successful one makes sure that it cannot land. */
  private unsettled = false;
  /** An assignment that was already outdated when a write relied on it. */
  private outdatedAssignment = -1;
  private readonly acquiredAt: Float64Array;

  constructor(
    private readonly registration: Registration,
    private readonly keys: KeyLayout,
    private readonly shards: number,
  ) {
    this.held = new ShardSet(shards);
    this.ending = new ShardSet(shards);
    this.written = new ShardSet(shards);
    this.acquiredAt = new Float64Array(shards);
  }

  holds(shard: number): boolean {
    return this.held.has(shard);
  }

  releasing(shard: number): boolean {
    return this.ending.has(shard);
  }

  epochOf(shard: number): ShardEpoch | undefined {
    if (!this.held.has(shard)) return undefined;
    return { generation: this.registration.store.generation, revision: this.acquiredAt[shard] ?? 0 };
  }

  get heldCount(): number {
    return this.held.size;
  }

  /** No turn can run: nothing is held or ending. */
  get isIdle(): boolean {
    return this.held.size + this.ending.size === 0;
  }

  /** Nothing is held, claimed, or on its way to etcd. */
  get isEmpty(): boolean {
    return this.isIdle && this.written.size === 0 && this.inFlight === undefined && !this.unsettled;
  }

  /**
   * Shards that must leave now, but for those that rest after they were postponed. They stop starting turns at once, and
   * stay claimed until `released`.
   */
  startReleases(view: PoolSnapshot, mode: ClaimMode, resting: ReadonlySet<number> = NONE): number[] {
    const leaving = [...this.held].filter(
      (shard) => !resting.has(shard) && (mode === 'leaving' || this.belongsElsewhere(view, shard)),
    );
    for (const shard of leaving) {
      this.held.delete(shard);
      this.ending.add(shard);
    }
    return leaving;
  }

  /** The last turns of these shards have ended. */
  released(shards: Iterable<number>): void {
    for (const shard of shards) this.ending.delete(shard);
  }

  /** The last turns of a shard do not end: it stays for now. Its claim was never given up, so turns may start again. */
  postponed(shard: number): void {
    if (this.ending.has(shard)) this.held.add(shard);
    this.ending.delete(shard);
  }

  /** What to do about the claims key in this view. A decision to write counts as sent. */
  decide(view: PoolSnapshot, mode: ClaimMode): ClaimDecision {
    const loss = lossInView(this.registration, view.cluster);
    if (loss !== undefined) return { kind: 'fence', reason: loss };
    if (this.inFlight !== undefined) return NOTHING;
    const foreign = this.compareWithView(view);
    if (foreign !== undefined) return { kind: 'fence', reason: foreign };
    const adds = mode === 'serving' ? this.claimable(view) : new ShardSet(this.shards);
    const content = new ShardSet(this.shards, this.held);
    for (const shard of [...this.ending, ...adds]) content.add(shard);
    if (adds.size === 0 && !this.unsettled && content.equals(this.written)) return NOTHING;
    return { kind: 'write', write: this.send(view, content, adds) };
  }

  /** The write in flight was carried out at this revision. Returns the shards whose turns may begin. */
  succeeded(revision: number): ShardSet {
    const write = this.takeInFlight();
    this.unsettled = false;
    this.keyRevision = revision;
    this.written = write.shards;
    for (const shard of write.adds) {
      this.held.add(shard);
      this.acquiredAt[shard] = revision;
    }
    return write.adds;
  }

  /** The write in flight was not carried out; etcd says what it found instead. Returns why this node must fence, if so. */
  refused(found: TransactionResult['found']): string | undefined {
    const write = this.takeInFlight();
    const loss = lossInKeys(this.registration, found, this.keys);
    if (loss !== undefined) return loss;
    const version = found.get(this.keys.assignment)?.modRevision ?? 0;
    if (write.assignmentVersion !== undefined && version !== write.assignmentVersion) {
      this.outdatedAssignment = write.assignmentVersion;
    }
    const entry = found.get(this.keys.claims(this.registration.address));
    try {
      return this.adopt(entry && { ...entry, shards: decodeClaims(entry.value, this.shards) });
    } catch (error) {
      return `its claims in etcd cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Nobody knows whether the write in flight was carried out, or will be. */
  unknown(): void {
    this.takeInFlight();
    this.unsettled = true;
  }

  private takeInFlight(): ClaimWrite {
    const write = this.inFlight;
    if (write === undefined) throw new Error('No write of the claims is in flight');
    this.inFlight = undefined;
    return write;
  }

  private send(view: PoolSnapshot, shards: ShardSet, adds: ShardSet): ClaimWrite {
    let removed = 0;
    for (const shard of this.written) if (!shards.has(shard)) removed++;
    const assignmentVersion = adds.size > 0 ? view.assignment?.version : undefined;
    this.inFlight = { shards, adds, removed, base: this.keyRevision, assignmentVersion };
    return this.inFlight;
  }

  private belongsElsewhere(view: PoolSnapshot, shard: number): boolean {
    const assignee = view.assigneeOf(shard);
    return assignee !== undefined && assignee !== this.registration.address && view.nodes.has(assignee);
  }

  private claimable(view: PoolSnapshot): ShardSet {
    const { address } = this.registration;
    const result = new ShardSet(this.shards);
    const { assignment } = view;
    if (assignment === undefined || assignment.version === this.outdatedAssignment) return result;
    for (let shard = 0; shard < this.shards; shard++) {
      if (assignment.assignees[shard] !== address || this.held.has(shard) || this.ending.has(shard)) continue;
      if (view.isFreeFor(address, shard)) result.add(shard);
    }
    return result;
  }

  /** The view may show a late write of mine, which is adopted, or that the key is not mine any more: why to fence. */
  private compareWithView(view: PoolSnapshot): string | undefined {
    if (view.revision < this.keyRevision) return undefined;
    const entry = view.claims.get(this.registration.address);
    return entry?.modRevision === this.keyRevision ? undefined : this.adopt(entry);
  }

  /** Takes the key as etcd has it, if it can be a write of this registration. */
  private adopt(entry: { modRevision: number; lease: string; shards: ShardSet } | undefined): string | undefined {
    if (entry === undefined) return this.keyRevision === 0 ? undefined : 'its claims are gone from etcd';
    if (entry.lease !== this.registration.lease) return 'another process has written its claims';
    if (entry.modRevision < this.keyRevision) return undefined;
    this.keyRevision = entry.modRevision;
    this.written = entry.shards;
    const covered = this.held.isSubsetOf(this.written) && this.ending.isSubsetOf(this.written);
    return covered ? undefined : 'etcd does not have all of its claims any more';
  }
}
