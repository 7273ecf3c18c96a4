/** How to reach etcd. A plain list of endpoints stands for options without TLS and password. */
export interface EtcdOptions {
  /** `host:port`, or with `http://` or `https://`; all of them are used. */
  readonly endpoints: readonly string[];
  /** PEM texts. Without them an `https://` endpoint is checked against the system's root certificates. */
  readonly tls?: { readonly rootCertificate: Buffer; readonly privateKey?: Buffer; readonly certificate?: Buffer };
  readonly username?: string;
  readonly password?: string;
}

export function toEtcdOptions(etcd: EtcdOptions | readonly string[]): EtcdOptions {
  return 'endpoints' in etcd ? etcd : { endpoints: etcd };
}
