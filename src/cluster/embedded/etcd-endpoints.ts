import { EmbeddedEtcd } from './embedded-etcd.js';

/** What a process was told about etcd: endpoints, or to run the embedded one itself. */
export type EtcdOption = 'embedded' | readonly string[];

export interface EtcdLease {
  readonly endpoints: readonly string[];
  /** `host:port` of the embedded etcd, for other processes to join; undefined with a real one. */
  readonly embeddedAddress: string | undefined;
  /** Stops the embedded etcd when its last user has gone. Idempotent. */
  release(): Promise<void>;
}

/**
 * The etcd of one application. A node and a gate that both say `'embedded'` share one; it starts with its first user.
 */
export class EtcdEndpoints {
  private starting: Promise<EmbeddedEtcd> | undefined;
  private users = 0;

  async acquire(option: EtcdOption, log: (line: string) => void): Promise<EtcdLease> {
    if (option !== 'embedded') return { endpoints: option, embeddedAddress: undefined, release: async () => {} };
    this.users++;
    this.starting ??= EmbeddedEtcd.start({ logger: log });
    const starting = this.starting;
    try {
      const { address } = await starting;
      return { endpoints: [address], embeddedAddress: address, release: this.releaseOnce() };
    } catch (error) {
      this.users--;
      this.starting = undefined;
      throw error;
    }
  }

  private releaseOnce(): () => Promise<void> {
    let released: Promise<void> | undefined;
    return () => (released ??= this.release());
  }

  private async release(): Promise<void> {
    if (--this.users > 0) return;
    const { starting } = this;
    this.starting = undefined;
    await (await starting)?.stop();
  }
}
