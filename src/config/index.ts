export type { AccessRule, AccessVerb } from './access-rule.js';
export { AccessFile, locatedInCode } from './access-file.js';
export type { LocatedRule } from './access-file.js';
export type {
  Authenticator,
  AuthenticatorClass,
  AuthenticatorOption,
  ClientConnection,
  Credentials,
  DisconnectedClient,
  Identity,
} from './authenticator.js';
export { isLoopback, isUnspecified, parseAddress } from './address.js';
export type { Address } from './address.js';
export type { ClientTlsOptions, ClusterOptions, EtcdTlsOptions, TlsOptions } from './cluster-options.js';
export { HMAC_ALGORITHMS, PUBLIC_KEY_ALGORITHMS } from './jwt-options.js';
export type { JsonWebKeys, JwtConfig, JwtOptions } from './jwt-options.js';
export type { ClientTlsConfig, EtcdTlsConfig, TlsConfig } from './tls-config.js';
export { readTls } from './tls-material.js';
export type { TlsMaterial } from './tls-material.js';
export type { GateConfig } from './gate-config.js';
export type { GoverseGateOptions } from './gate-options.js';
export type { NodeConfig } from './node-config.js';
export type { GoverseNodeOptions } from './node-options.js';
export type { NodeProcessOptions } from './node-process-options.js';
export { resolveGateConfig, resolveNodeConfig } from './resolve-config.js';
export { SETTINGS, settingNames } from './settings.js';
export type { ProcessRole, Setting, SettingName } from './settings.js';
export { didYouMean, named, settingsError, wrongValue } from './violation.js';
export type { SettingSources } from './violation.js';
export { helpText } from './help-text.js';
export { readProcessSettings } from './process-settings.js';
export type { ProcessInput, ProcessSettings } from './process-settings.js';
export { readStartSettings } from './start-settings.js';
export type { StartInput } from './start-settings.js';
