/** How to reach etcd. A plain list of endpoints stands for options without TLS and password. */
export interface EtcdOptions {
  /** `host:port`, or with `http://` or `https://`; all of them are used. */
  readonly endpoints: readonly string[];
  /** PEM texts. Default: none; an `https://` endpoint is checked against the system's root certificates. */
  readonly tls?: EtcdTls;
  readonly username?: string;
  readonly password?: string;
}

export interface EtcdTls {
  /** Who signs the certificates of etcd; undefined: the system's root certificates. */
  readonly ca: Buffer | undefined;
  /** What this process shows; `cert` and `key` come together. */
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

export function toEtcdOptions(etcd: EtcdOptions | readonly string[]): EtcdOptions {
  const options = 'endpoints' in etcd ? etcd : { endpoints: etcd };
  return { ...options, endpoints: options.endpoints.map(withoutTrailingSlash) };
}

function withoutTrailingSlash(endpoint: string): string {
  return endpoint.endsWith('/') ? endpoint.slice(0, -1) : endpoint;
}
