import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { settingsError } from './violation.js';

/** Certificates as they were read, in the form Node and grpc-js take. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The authority the other side must show a certificate of; undefined: it need not show any. */
  readonly ca: Buffer | undefined;
}

type PemName = 'cert' | 'key' | 'ca';
type Pems = Readonly<Record<PemName, string | undefined>>;
type Material<P extends Pems> = { readonly [Name in PemName]: P[Name] extends string ? Buffer : Buffer | undefined };

/**
 * Reads PEM files (or texts). Throws `INVALID_ARGUMENT` naming the setting that cannot be used.
 * @param group `tls`, `clientTls` or `etcdTls`, for errors
 */
export function readTls<P extends Pems>(group: string, pems: P): Material<P> {
  const read = (name: PemName) => (pems[name] === undefined ? undefined : readPem(`${group}.${name}`, pems[name]));
  const material = { cert: read('cert'), key: read('key'), ca: read('ca') };
  try {
    createSecureContext(material);
  } catch (error) {
    throw settingsError([`${group} cannot be used: ${(error as Error).message}`]);
  }
  return material as Material<P>;
}

function readPem(setting: string, fileOrText: string): Buffer {
  if (fileOrText.includes('-----BEGIN ')) return Buffer.from(fileOrText);
  try {
    return readFileSync(fileOrText);
  } catch (error) {
    throw settingsError([`${setting} cannot be read: ${(error as Error).message}`]);
  }
}
