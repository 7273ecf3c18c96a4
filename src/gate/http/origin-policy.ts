import { goverseError } from '../../core/index.js';

/** Headers a page of another origin may send. */
const ALLOWED_HEADERS = 'authorization, content-type, x-client-id, x-client-token, x-timeout-ms, last-event-id';
/** Headers of answers such a page may read. */
const EXPOSED_HEADERS = 'retry-after, goverse-reason, goverse-trace-id';
const ALLOWED_METHODS = 'GET, POST, PUT, DELETE';

/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_MAX_AGE = '600';

/**
 * Which web pages may talk to the gate: those of its own origin, and those listed. Requests without an `Origin` do not
 * come from a foreign page.
 */
export class OriginPolicy {
  private readonly listed: ReadonlySet<string>;
  private readonly everyone: boolean;

  constructor(cors: '*' | readonly string[]) {
    this.everyone = cors === '*';
    this.listed = new Set(cors === '*' ? [] : cors.map((origin) => origin.replace(/\/$/, '').toLowerCase()));
  }

  /** Headers of the answer to a request of this origin. Throws `ACCESS_DENIED`. */
  headersFor(origin: string | undefined, host: string | undefined): Record<string, string> {
    if (origin === undefined) return {};
    if (this.everyone) return { 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED_HEADERS };
    if (this.listed.has(origin.toLowerCase())) {
      return {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': EXPOSED_HEADERS,
        vary: 'origin',
      };
    }
    if (isSameHost(origin, host)) return {};
    throw goverseError(
      'ACCESS_DENIED',
      `Pages of the origin ${JSON.stringify(origin)} may not use this gate; add it to the option cors`,
    );
  }

  /** Headers of the answer to a preflight. Throws `ACCESS_DENIED`. */
  preflight(origin: string | undefined, host: string | undefined): Record<string, string> {
    return {
      ...this.headersFor(origin, host),
      'access-control-allow-methods': ALLOWED_METHODS,
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': PREFLIGHT_MAX_AGE,
    };
  }
}

/** Compares without the scheme: behind a proxy that ends TLS the gate does not know which one the page used. */
function isSameHost(origin: string, host: string | undefined): boolean {
  const page = hostOf(origin);
  return page !== undefined && host !== undefined && page.host === hostOf(`${page.protocol}//${host}`)?.host;
}

/** The URL of `http(s)://host[:port]` and nothing more. */
function hostOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.href === `${url.origin}/` ? url : undefined;
}
