/** `TlsOptions` as they were resolved; PEM files or texts. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
}

/** `EtcdTlsOptions` as they were resolved; `cert` and `key` come together or not at all. */
export interface EtcdTlsConfig {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** `ClientTlsOptions` as they were resolved; `cert` and `key` come together or not at all. */
export interface ClientTlsConfig {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}
