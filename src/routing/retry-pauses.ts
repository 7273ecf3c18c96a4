import type { Clock, ParsedObjectId } from '../core/index.js';
import { GoverseError, hasReason } from '../core/index.js';
import type { ClusterView, ViewSource } from '../cluster/index.js';
import type { ViewStamp } from '../rpc/index.js';
import type { CallWait } from './call-retry.js';
import { waitUntil } from './call-retry.js';
import { destinationOf, isHopeless } from './destination.js';
import { LONGEST_BACKOFF_MS, retryBackoff } from './retry-backoff.js';
import type { RemoteNode } from './router.js';
import { UnreachableNodes } from './unreachable-nodes.js';

/** Calls that were refused knock again this often in all, each millisecond, however many there are. */
const KNOCKS_PER_MS = 4;

export interface RetryPausesParts {
  readonly source: ViewSource;
  readonly clock: Clock;
  remote(address: string): RemoteNode;
  readonly local?: { readonly address: string };
}

/** An attempt that was refused. */
export interface Refused {
  /** By which it was sent. */
  readonly view: ClusterView;
  readonly refusal: unknown;
  /** Number of the attempt, from 0. */
  readonly attempt: number;
}

/** The waits of calls between two attempts: long enough to leave the process time for its work, no longer than need be. */
export class RetryPauses {
  private readonly unreachable: UnreachableNodes;
  /** Calls that were refused and wait for their next attempt. */
  private refused = 0;

  constructor(private readonly parts: RetryPausesParts) {
    const connect = async (address: string): Promise<unknown> => parts.remote(address).connect?.();
    this.unreachable = new UnreachableNodes({ clock: parts.clock, connect });
  }

  /** Waits until somebody can take the call, or it is certain that nobody will. */
  async untilSomebody(wait: CallWait, object: ParsedObjectId): Promise<void> {
    const { source } = this.parts;
    const settled = (): boolean => destinationOf(source.view, object) !== undefined || isHopeless(source.view, object);
    if (!settled()) await waitUntil(wait, { afterMs: Infinity, when: settled });
  }

  /**
   * Waits before the next attempt, as the refusal deserves. A node that cannot be reached, or is fenced, is left alone until
   * it can be reached, has registered anew, or the call goes elsewhere; every other refusal until a newer view. Except for
   * nodes that cannot be reached, no longer than a backoff (a newer hint than our view: the whole 250 ms, since the view
   * is certainly on its way).
   */
  async afterRefusal(wait: CallWait, object: ParsedObjectId, { view: seen, refusal, attempt }: Refused): Promise<void> {
    const { source } = this.parts;
    const address = destinationOf(seen, object);
    const changed = (): boolean => {
      const { view } = source;
      if (!hasReason(refusal, 'NOT_READY', 'FENCED') || address === undefined) return true;
      return destinationOf(view, object) !== address || view.nodes.get(address) !== seen.nodes.get(address);
    };
    if (source.view !== seen && changed()) return;
    if (address !== undefined && hasReason(refusal, 'NOT_READY') && this.isUnreachable(address)) {
      const or = (done: () => void) => this.unreachable.onReachable(address, done);
      return waitUntil(wait, { afterMs: Infinity, when: changed, or });
    }
    const hint = hintOf(refusal);
    const behind = hint !== undefined && (hint.store !== seen.store || hint.revision > seen.revision);
    const longestMs = Math.max(LONGEST_BACKOFF_MS, this.refused / KNOCKS_PER_MS);
    this.refused++;
    try {
      await waitUntil(wait, { afterMs: behind ? longestMs : retryBackoff(attempt, longestMs), when: changed });
    } finally {
      this.refused--;
    }
  }

  private isUnreachable(address: string): boolean {
    if (address === this.parts.local?.address) return false;
    const remote = this.parts.remote(address);
    return remote.connect !== undefined && remote.state !== 'up';
  }
}

function hintOf(error: unknown): ViewStamp | undefined {
  if (!(error instanceof GoverseError) || error.reason !== 'NOT_OWNER') return undefined;
  const details = error.details as Partial<ViewStamp> | undefined;
  if (typeof details?.store !== 'string' || typeof details.revision !== 'number') return undefined;
  return { store: details.store, revision: details.revision };
}
