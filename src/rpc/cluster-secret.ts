import { createHash, timingSafeEqual } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { goverseError } from '../core/index.js';

/** Metadata key that carries the cluster's shared secret. */
export const SECRET_KEY = 'goverse-secret';

/** Metadata for calls between the processes of one cluster. */
export function secretMetadata(secret: string | undefined): Metadata {
  const metadata = new Metadata();
  if (secret) metadata.set(SECRET_KEY, wireForm(secret));
  return metadata;
}

/** True if the call carries the cluster's secret, or the cluster has none. Takes the same time for every wrong one. */
export function callHasSecret(metadata: Metadata, secret: string | undefined): boolean {
  if (!secret) return true;
  const given = metadata.get(SECRET_KEY)[0];
  return timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(wireForm(secret)));
}

/** Throws `UNAUTHENTICATED`, which says nothing about the cluster, unless the call carries the secret. */
export function assertClusterSecret(metadata: Metadata, secret: string | undefined): void {
  if (callHasSecret(metadata, secret)) return;
  throw goverseError(
    'UNAUTHENTICATED',
    `The call carries no valid ${SECRET_KEY}; give it the clusterSecret of this cluster`,
  );
}

/** Headers hold printable ASCII only: any other secret travels as the base64url of its UTF-8. */
function wireForm(secret: string): string {
  return /^[\x21-\x7e]+$/.test(secret) ? secret : Buffer.from(secret).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
