import type { Clock } from '../../core/index.js';
import { Backoff } from './backoff.js';
import type { EtcdConnection } from './etcd-connection.js';
import type { KeyEntry, KeyEvent, KeyListing } from './key-entry.js';
import { pause } from './pause.js';
import { WatchProgress } from './watch-progress.js';
import { WatchPulse } from './watch-pulse.js';
import type { WatchEnd } from './watch-stream.js';
import { WatchStream } from './watch-stream.js';

export interface PrefixWatchParts {
  readonly connection: EtcdConnection;
  readonly prefix: string;
  /** A key that is never rewritten: a changed or missing one means another etcd content, whatever the revisions say. */
  readonly identityKey: string;
  /** A stream silent for this long is asked for a sign of life, and given up after twice that. */
  readonly silenceMs: number;
  readonly clock: Clock;
  onListing(listing: KeyListing): void;
  onEvents(events: readonly KeyEvent[]): void;
  /** The identity key as the owner has it after the last listing and events. */
  identity(): KeyEntry | undefined;
  /** A stream is up and verified. */
  onLive(): void;
  onTrouble(message: string): void;
}

/** A stream that etcd does not take within so long is given up, but no sooner than the second. */
const SILENCES_TO_OPEN = 2;
const LEAST_TO_OPEN_MS = 2_000;

/**
 * Follows a prefix for ever: lists it at one revision, watches from the next one, resumes after a broken stream, lists
 * anew after a compaction, a wipe, or when the watch turns out to be dead (microsoft/etcd3 issues 31, 72, 78, 114).
 */
export class PrefixWatch {
  private readonly progress = new WatchProgress();
  private resumable = false;
  private stream: WatchStream | undefined;
  private readonly pulse: WatchPulse;
  private readonly backoff = new Backoff();
  private readonly stopping = new AbortController();

  constructor(private readonly parts: PrefixWatchParts) {
    this.pulse = new WatchPulse({
      clock: parts.clock,
      silenceMs: parts.silenceMs,
      delivered: () => this.progress.revision,
      ask: () => this.stream?.requestProgress(),
      youngest: () => parts.connection.youngestRevision(parts.prefix),
    });
  }

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopping.abort();
    this.stream?.close();
    this.pulse.stop();
  }

  /** Milliseconds since the watch gave its last sign of life; Infinity before the first. */
  get silence(): number {
    return this.pulse.silence();
  }

  /** This process knows that the revision exists under the prefix: a watch that does not deliver it soon is dead. */
  expect(revision: number): void {
    this.pulse.expect(revision);
  }

  private async run(): Promise<void> {
    const { connection, clock } = this.parts;
    while (!this.stopping.signal.aborted) {
      try {
        if (!this.resumable) await this.list();
        const end = await this.follow();
        if (this.stopping.signal.aborted) return;
        this.resumable = end.resumable;
        this.parts.onTrouble(end.message);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.parts.onTrouble(error instanceof Error ? error.message : String(error));
      }
      connection.streamFailed();
      await pause(clock, this.backoff.next(), this.stopping.signal);
    }
  }

  private async list(): Promise<void> {
    const listing = await this.parts.connection.list(this.parts.prefix);
    if (this.stopping.signal.aborted) return;
    this.progress.listed(listing.revision);
    this.pulse.forget();
    this.parts.onListing(listing);
    this.resumable = true;
  }

  /** Resolves when the stream has ended. */
  private follow(): Promise<WatchEnd> {
    const { connection, clock, prefix, silenceMs } = this.parts;
    return new Promise((resolve, reject) => {
      // Events wait until it is certain that they belong to the content they are applied to.
      let waiting: KeyEvent[] | undefined = [];
      let over = false;
      const finish = (end: WatchEnd): void => {
        over = true;
        clock.clearTimeout(opening);
        this.pulse.stop();
        this.stream?.close();
        this.stream = undefined;
        resolve(end);
      };
      const silent = (end: WatchEnd): void => {
        connection.streamSilent('watch');
        finish(end);
      };
      // gRPC waits much longer for a connection that is there and says nothing.
      const openMs = Math.max(SILENCES_TO_OPEN * silenceMs, LEAST_TO_OPEN_MS);
      const message = `etcd did not take the watch within ${openMs} ms`;
      const opening = clock.setTimeout(() => silent({ resumable: true, message }), openMs);
      const opened = WatchStream.open(connection, prefix, this.progress.revision + 1, {
        onCreated: () => {
          void this.verify().then((end) => {
            if (over) return;
            if (end) return finish(end);
            clock.clearTimeout(opening);
            this.deliver(waiting ?? []);
            waiting = undefined;
            this.backoff.reset();
            connection.streamWorks();
            this.parts.onLive();
            this.pulse.start((why) => silent({ resumable: false, message: why }));
          });
        },
        onAlive: () => this.pulse.alive(),
        onEvents: (events) => (waiting ? waiting.push(...events) : this.deliver(events)),
        onEnd: finish,
      });
      opened.then((stream) => {
        if (over) return stream.close();
        this.stream = stream;
        if (this.stopping.signal.aborted) finish({ resumable: false, message: 'stopped' });
      }, reject);
    });
  }

  private async verify(): Promise<WatchEnd | undefined> {
    const { connection, identityKey } = this.parts;
    try {
      const { revision, found } = await connection.read([identityKey]);
      const [there, here] = [found.get(identityKey), this.parts.identity()];
      const same = here === undefined ? revision >= this.progress.revision : there !== undefined && isSame(there, here);
      if (same && revision >= this.progress.revision) return undefined;
      return { resumable: false, message: 'etcd holds another content than before' };
    } catch (error) {
      return { resumable: true, message: error instanceof Error ? error.message : String(error) };
    }
  }

  private deliver(events: readonly KeyEvent[]): void {
    if (this.stopping.signal.aborted) return;
    const fresh = this.progress.take(events);
    if (fresh.length > 0) this.parts.onEvents(fresh);
  }
}

function isSame(a: KeyEntry, b: KeyEntry): boolean {
  return a.createRevision === b.createRevision && a.modRevision === b.modRevision && a.value.equals(b.value);
}
