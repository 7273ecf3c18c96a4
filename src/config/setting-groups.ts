/**
 * Settings that stand together: an object in code, a mapping in YAML, one flag and one variable for each member
 * (`tls.cert` is `--tls-cert` and `GOVERSE_TLS_CERT`).
 */
export const SETTING_GROUPS = {
  etcdTls: ['ca', 'cert', 'key'],
  tls: ['cert', 'key', 'ca', 'serverName'],
  clientTls: ['cert', 'key', 'ca'],
  jwt: [
    'secret',
    'jwksUrl',
    'jwks',
    'issuer',
    'audience',
    'algorithms',
    'clockToleranceSeconds',
    'userIdClaim',
    'rolesClaim',
  ],
} as const;

export type SettingGroup = keyof typeof SETTING_GROUPS;

/** `tls.cert` and the like. */
export type GroupedSettingName = {
  [Group in SettingGroup]: `${Group}.${(typeof SETTING_GROUPS)[Group][number]}`;
}[SettingGroup];

type Entry = readonly [name: string, value: unknown];

/** Entries with the members of groups one by one: `tls: { cert }` is `tls.cert`. */
export function ungrouped(entries: readonly Entry[]): Entry[] {
  return entries.flatMap(([name, value]) =>
    Object.hasOwn(SETTING_GROUPS, name) && isMapping(value)
      ? Object.entries(value).map(([member, each]) => [`${name}.${member}`, each] as const)
      : [[name, value] as const],
  );
}

/**
 * Values with their groups put together again. A group nobody gave a member of is undefined, whatever the defaults are;
 * one that is a setting of its own too is `false` when it was switched off.
 */
export function grouped(
  values: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const single = Object.fromEntries(Object.entries(values).filter(([name]) => !name.includes('.')));
  const groups = Object.entries(SETTING_GROUPS).map(([group, members]) => {
    const names = members.map((member) => [member, `${group}.${member}`] as const);
    if (values[group] === false) return [group, false] as const;
    if (names.every(([, name]) => given[name] === undefined)) return [group, undefined] as const;
    return [group, Object.freeze(Object.fromEntries(names.map(([member, name]) => [member, values[name]])))] as const;
  });
  const known = groups.filter(([group]) => Object.keys(values).some((name) => name.split('.')[0] === group));
  return { ...single, ...Object.fromEntries(known) };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
