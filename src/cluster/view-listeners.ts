import type { ClusterView } from './cluster-view.js';

/** Those who follow the view of one process. */
export class ViewListeners {
  private readonly listeners = new Set<(view: ClusterView) => void>();

  add(listener: (view: ClusterView) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(view: ClusterView): void {
    for (const listener of [...this.listeners]) listener(view);
  }

  next(signal?: AbortSignal): Promise<ClusterView> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        stop();
        reject(signal?.reason as Error);
      };
      const stop = this.add((view) => {
        stop();
        signal?.removeEventListener('abort', abort);
        resolve(view);
      });
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  }

  clear(): void {
    this.listeners.clear();
  }
}
