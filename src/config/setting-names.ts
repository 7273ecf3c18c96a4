import { SETTINGS, settingNames } from './settings.js';
import type { ProcessRole, SettingName } from './settings.js';

/** `leaseTtlSeconds` -> `lease-ttl-seconds`, `tls.cert` -> `tls-cert`. */
export function flagName(name: string): string {
  return name.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `leaseTtlSeconds` -> `LEASE_TTL_SECONDS`, to follow `GOVERSE_`, `GOVERSE_NODE_` or `GOVERSE_GATE_`. */
export function environmentName(name: string): string {
  return flagName(name).replaceAll('-', '_').toUpperCase();
}

/** Settings that texts (flags, environment, YAML) can give. */
export function textSettings(...roles: readonly ProcessRole[]): SettingName[] {
  return settingNames(...roles).filter((name) => SETTINGS[name].text !== false);
}

/** In a process that is both, an address of its own needs the role in its name: two ports cannot share it. */
export function needsRole(name: SettingName, roles: readonly ProcessRole[]): boolean {
  return roles.length > 1 && (name === 'listen' || name === 'advertise' || name === 'opsListen');
}
