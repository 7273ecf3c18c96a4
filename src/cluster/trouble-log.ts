import type { Clock } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';

const EVERY_MS = 5_000;

/** Says that etcd cannot be reached, at once and then every 5 s, and once when it is back. */
export class TroubleLog {
  private lastAt = -Infinity;
  private inTrouble = false;

  constructor(
    private readonly clock: Clock,
    private readonly logger: ClusterLogger,
    private readonly endpoints: string,
  ) {}

  /** `connectedBefore`: the cluster goes on with the map it has; else the process is still starting. */
  trouble(message: string, connectedBefore: boolean): void {
    this.inTrouble = true;
    const now = this.clock.monotonic();
    if (now - this.lastAt < EVERY_MS) return;
    this.lastAt = now;
    if (connectedBefore) {
      this.logger.warn(`Lost touch with etcd at ${this.endpoints}, trying again (${message})`);
      return;
    }
    this.logger.error(
      `Cannot reach etcd at ${this.endpoints} (${message}). Start one there, or name another endpoint, ` +
        `or use the embedded one (etcd: 'embedded', --etcd embedded). Trying again.`,
    );
  }

  get unreachable(): string | undefined {
    return this.inTrouble ? `etcd at ${this.endpoints} cannot be reached` : undefined;
  }

  fine(): void {
    if (!this.inTrouble) return;
    this.inTrouble = false;
    this.lastAt = -Infinity;
    this.logger.log(`In touch with etcd at ${this.endpoints} again`);
  }
}
