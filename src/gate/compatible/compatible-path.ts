import { HttpRefusal } from '../http/http-refusal.js';

/** What the path of a request to `/api/v1/objects/<verb>/...` names. */
export interface CompatiblePath {
  readonly type: string;
  readonly id: string;
  /** Absent for create and delete. */
  readonly method?: string | undefined;
}

/**
 * Reads `{type}/{id}` or `{type}/{id}/{method}` from what stands behind `prefix`. Each part is percent-encoded, `/` and `#`
 * included, so it is split before it is decoded. Throws `INVALID_PATH` or `INVALID_PARAMETERS`.
 */
export function readCompatiblePath(path: string, prefix: string, parts: 2 | 3): CompatiblePath {
  const wanted = `${prefix}${parts === 2 ? '{type}/{id}' : '{type}/{id}/{method}'}`;
  const found = path.slice(prefix.length).split('/');
  if (found.length !== parts) {
    throw HttpRefusal.badRequest('INVALID_PATH', `The path must be ${wanted}, each part percent-encoded, not ${path}`);
  }
  const [type = '', id = '', method] = found.map(decode);
  if (type === '' || id === '' || method === '') {
    throw HttpRefusal.badRequest('INVALID_PARAMETERS', `No part of ${wanted} may be empty, as one of ${path} is`);
  }
  return { type, id, method };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw HttpRefusal.badRequest('INVALID_PATH', `${JSON.stringify(part)} in the path is not percent-encoded UTF-8`);
  }
}
