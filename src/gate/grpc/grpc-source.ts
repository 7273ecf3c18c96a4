import type { Metadata } from '@grpc/grpc-js';
import type { Credentials } from '../../config/index.js';
import type { ClientSource } from '../client-request.js';

/** What a gRPC call says about its client. */
export function grpcSource(metadata: Metadata, peer: string, clientId?: string): ClientSource {
  return {
    credentials: new GrpcCredentials(metadata),
    connection: { protocol: 'grpc', peer },
    clientId: clientId || text(metadata, 'x-client-id'),
    clientToken: text(metadata, 'x-client-token'),
  };
}

/** Reads metadata when asked: most calls are never authenticated one by one. */
class GrpcCredentials implements Credentials {
  constructor(private readonly metadata: Metadata) {}

  get authorization(): string | undefined {
    return text(this.metadata, 'authorization');
  }

  get headers(): Record<string, string> {
    const entries = Object.entries(this.metadata.getMap());
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }
}

function text(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key)[0];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
