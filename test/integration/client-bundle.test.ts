import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleClient } from '../support/client-bundle.js';

describe('the client in a bundle for browsers', () => {
  let bundle: string;

  beforeAll(async () => {
    bundle = await bundleClient();
  });

  it('is at most 20 KiB gzipped', () => {
    const size = gzipSync(bundle).length;
    console.info(`client bundle: ${bundle.length} bytes, ${size} gzipped`);
    expect(size).toBeLessThanOrEqual(20 * 1024);
  });

  it('is whole: it imports nothing, and has nothing of gRPC, Nest and Node', () => {
    expect(bundle).not.toMatch(/\bimport\s*[\s{*("'`]/);
    expect(bundle).not.toMatch(/grpc-js|@nestjs|reflect-metadata|node:|protobufjs/);
    expect(bundle).toMatch(/\/v1\/connect/);
  });
});
