import { readFileSync } from 'node:fs';

/** `test/vectors.json`: what every implementation of the protocol must agree on. */
interface Vectors {
  readonly shard: {
    readonly valid: readonly { readonly id: string }[];
    readonly invalidIds: readonly string[];
    readonly invalidWithoutType: readonly string[];
  };
  readonly any: {
    readonly values: readonly { readonly what: string; readonly base64: string; readonly json: unknown }[];
  };
  readonly clientCallObjectRequest: { readonly hex: string };
}

export const VECTORS = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8')) as Vectors;
