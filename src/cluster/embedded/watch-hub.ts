import type { Clock, TimerHandle } from '../../core/index.js';
import type { EtcdStore } from './etcd-store.js';
import { WatchStream, type WatchSink } from './watch-stream.js';

/** Keeps every open watch stream in step with the store, and says progress on quiet ones. */
export class WatchHub {
  private readonly streams = new Set<WatchStream>();
  private readonly stopListening: () => void;
  private timer: TimerHandle;

  /** @param progressMs how often watchers that asked for progress hear of it while nothing happens */
  constructor(
    private readonly store: EtcdStore,
    private readonly clock: Clock,
    private readonly progressMs: number,
  ) {
    this.stopListening = store.onChange(() => this.pump());
    this.arm();
  }

  open(sink: WatchSink): WatchStream {
    const stream = new WatchStream(this.store, sink);
    this.streams.add(stream);
    return stream;
  }

  close(stream: WatchStream): void {
    this.streams.delete(stream);
  }

  stop(): void {
    this.stopListening();
    this.clock.clearTimeout(this.timer);
    this.streams.clear();
  }

  private pump(): void {
    for (const stream of this.streams) stream.pump();
  }

  private arm(): void {
    this.timer = this.clock.setTimeout(() => {
      for (const stream of this.streams) stream.tickProgress();
      this.arm();
    }, this.progressMs);
  }
}
