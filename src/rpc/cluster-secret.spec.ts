import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { SECRET_KEY, assertClusterSecret, callHasSecret, secretMetadata } from './cluster-secret.js';

describe('the cluster secret', () => {
  it.each(['s3cret', 'pässwörd 对', 'with space', 'x'.repeat(500)])('opens with the same secret: %j', (secret) => {
    expect(callHasSecret(secretMetadata(secret), secret)).toBe(true);
  });

  it('does not open with another, a shorter, a missing one or one that is bytes', () => {
    for (const given of ['s3cres', 's3cre', 's3cret ', ''])
      expect(callHasSecret(secretMetadata(given), 's3cret')).toBe(false);
    expect(callHasSecret(new Metadata(), 's3cret')).toBe(false);
    const bytes = new Metadata();
    bytes.set(`${SECRET_KEY}-bin`, Buffer.from('s3cret'));
    expect(callHasSecret(bytes, 's3cret')).toBe(false);
  });

  it('is not asked for in a cluster without one', () => {
    expect(callHasSecret(new Metadata(), undefined)).toBe(true);
    expect(secretMetadata(undefined).getMap()).toEqual({});
  });

  it('refuses without a word about the cluster', () => {
    expect(() => assertClusterSecret(new Metadata(), 's3cret')).toThrow(
      expect.objectContaining({ reason: 'UNAUTHENTICATED' }),
    );
    expect(() => assertClusterSecret(new Metadata(), 's3cret')).not.toThrow(/s3cret/);
  });

  it('is sent as it is when it is plain text, for tools that set headers by hand', () => {
    expect(secretMetadata('s3cret').get(SECRET_KEY)).toEqual(['s3cret']);
  });
});
