import type { ServerDuplexStream } from '@grpc/grpc-js';
import { GRPC_CODES } from '../../core/index.js';
import { EtcdError } from './etcd-error.js';

type Stream = ServerDuplexStream<never, object>;

/** The streams clients hold open, so that a stopping server can end each with one status. */
export class OpenStreams {
  private readonly streams = new Set<Stream>();

  /** Calls `onClose` once, when the stream is over for whatever reason. */
  add<Request>(stream: ServerDuplexStream<Request, object>, onClose: () => void): void {
    const entry = stream as unknown as Stream;
    this.streams.add(entry);
    const close = (): void => {
      if (this.streams.delete(entry)) onClose();
    };
    stream.on('cancelled', close);
    stream.on('finish', close);
    stream.on('close', close);
    // grpc-js answers a broken request with its own status and an error event nobody else listens to.
    stream.on('error', close);
  }

  endAll(): void {
    const stopped = new EtcdError('stopped');
    for (const stream of this.streams) {
      stream.emit('error', { code: GRPC_CODES[stopped.code], details: stopped.message });
    }
  }
}
