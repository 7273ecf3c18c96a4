import type { IWatchResponse } from 'etcd3';
import type { EtcdConnection, WatchDuplex } from './etcd-connection.js';
import { discardStream } from './etcd-connection.js';
import type { KeyEvent } from './key-entry.js';
import { toKeyEntry } from './key-entry.js';
import { prefixEnd } from './prefix-end.js';

export interface WatchStreamEvents {
  /** etcd has taken the watch. */
  onCreated(): void;
  /** Changes of whole revisions, in order. */
  onEvents(events: readonly KeyEvent[]): void;
  /** Any sign of life. */
  onAlive(): void;
  /** Once, unless closed from this side. */
  onEnd(reason: WatchEnd): void;
}

/** Why a watch ended; `compacted` or `refused`: it cannot be resumed, the keys must be listed again. */
export interface WatchEnd {
  readonly resumable: boolean;
  readonly message: string;
}

/** One watch of one prefix on one stream. */
export class WatchStream {
  private closed = false;

  private constructor(
    private readonly stream: WatchDuplex,
    private readonly events: WatchStreamEvents,
  ) {
    stream.on('data', (response) => this.receive(response));
    stream.on('error', (error) => this.end({ resumable: true, message: error.message }));
    stream.on('end', () => this.end({ resumable: true, message: 'etcd ended the watch stream' }));
  }

  static async open(
    connection: EtcdConnection,
    prefix: string,
    startRevision: number,
    events: WatchStreamEvents,
  ): Promise<WatchStream> {
    const stream = await connection.openWatch();
    const watch = new WatchStream(stream, events);
    stream.write({
      create_request: { key: Buffer.from(prefix), range_end: prefixEnd(prefix), start_revision: startRevision },
    });
    return watch;
  }

  /** etcd answers on the same stream: the answer proves that the stream lives, nothing else. */
  requestProgress(): void {
    if (!this.closed) this.stream.write({ progress_request: {} });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    discardStream(this.stream);
  }

  private receive(response: IWatchResponse): void {
    if (this.closed) return;
    this.events.onAlive();
    if (response.canceled) {
      const compacted = Number(response.compact_revision) > 0;
      this.end({
        resumable: false,
        message: compacted ? 'etcd has compacted the revisions to resume from' : response.cancel_reason,
      });
      return;
    }
    if (response.created) this.events.onCreated();
    if (response.events.length > 0) this.events.onEvents(response.events.map(toKeyEvent));
  }

  private end(reason: WatchEnd): void {
    if (this.closed) return;
    this.close();
    this.events.onEnd(reason);
  }
}

function toKeyEvent(raw: IWatchResponse['events'][number]): KeyEvent {
  const deleted = String(raw.type).toUpperCase() === 'DELETE';
  if (!deleted) return { kind: 'put', entry: toKeyEntry(raw.kv) };
  return { kind: 'delete', key: raw.kv.key.toString(), revision: Number(raw.kv.mod_revision) };
}
