import type { EtcdConnection, KeepAliveDuplex } from './etcd-connection.js';
import { discardStream } from './etcd-connection.js';

/** One stream of keepalives for one lease. */
export class KeepAliveStream {
  private closed = false;

  private constructor(
    private readonly stream: KeepAliveDuplex,
    private readonly leaseId: string,
  ) {}

  static async open(
    connection: EtcdConnection,
    leaseId: string,
    events: { onAnswer(ttlSeconds: number): void; onEnd(message: string): void },
  ): Promise<KeepAliveStream> {
    const stream = await connection.openKeepAlive();
    const keepAlive = new KeepAliveStream(stream, leaseId);
    const end = (message: string): void => {
      if (keepAlive.closed) return;
      keepAlive.close();
      events.onEnd(message);
    };
    stream.on('data', (answer) => {
      if (!keepAlive.closed && String(answer.ID) === leaseId) events.onAnswer(Number(answer.TTL));
    });
    stream.on('error', (error) => end(error.message));
    stream.on('end', () => end('etcd ended the keepalive stream'));
    return keepAlive;
  }

  send(): void {
    if (!this.closed) this.stream.write({ ID: this.leaseId });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    discardStream(this.stream);
  }
}
