import type { ObjectTypeInfo } from '../core/index.js';
import { loadGoverseTypes } from './proto-files.js';

const responseType = loadGoverseTypes().lookupType('goverse.DescribeResponse');

/** The types in a serialised `DescribeResponse`. */
export function decodeDescription(bytes: Uint8Array): ObjectTypeInfo[] {
  const { types } = responseType.toObject(responseType.decode(bytes), { defaults: true }) as {
    types: ObjectTypeInfo[];
  };
  return types;
}
