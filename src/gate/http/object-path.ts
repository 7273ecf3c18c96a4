import { goverseError } from '../../core/index.js';

/** What the path of a request to `/v1/objects/...` names. */
export interface ObjectPath {
  readonly objectId: string;
  /** Absent for create and delete. */
  readonly method?: string | undefined;
}

/**
 * Reads `{objectId}` or `{objectId}/{method}` from the part behind `/v1/objects/`. Each is percent-encoded, `/` and `#`
 * included, so it is split before it is decoded. Undefined: no such route. Throws `INVALID_OBJECT_ID`.
 */
export function readObjectPath(rest: string): ObjectPath | undefined {
  const [id, method, ...more] = rest.split('/');
  if (!id || method === '' || more.length > 0) return undefined;
  return { objectId: decode(id, 'object id'), method: method === undefined ? undefined : decode(method, 'method') };
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw goverseError(
      'INVALID_OBJECT_ID',
      `The ${what} ${JSON.stringify(text)} in the path is not percent-encoded UTF-8`,
      { cause },
    );
  }
}
