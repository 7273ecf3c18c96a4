import { AccessFile } from './access-file.js';
import { isLoopback, parseAddress } from './address.js';
import { HMAC_ALGORITHMS, PUBLIC_KEY_ALGORITHMS } from './jwt-options.js';

/** What values a setting takes, and how they are written in flags, environment variables and YAML. */
export interface SettingKind {
  /** For error messages: `a whole number from 1 to 10`. */
  readonly allowed: string;
  /** Name of the value in the help text; empty for switches. */
  readonly placeholder: string;
  /** Several values: flags are repeatable and texts are split at commas. */
  readonly list?: boolean;
  /** The value a text stands for; a text that stands for none is returned as it is. */
  fromText(text: string): unknown;
  accepts(value: unknown): boolean;
}

const asIs = (text: string) => text;

export const listenAddress = (...words: readonly (string | false)[]): SettingKind => ({
  allowed: ['host:port or [ipv6]:port, port 0 for a free one', ...words.map(String)].join(', or '),
  placeholder: 'host:port',
  fromText: (text) => (text === 'false' && words.includes(false) ? false : text),
  accepts: (value) =>
    (words as unknown[]).includes(value) || (typeof value === 'string' && parseAddress(value) !== undefined),
});

export const endpoints: SettingKind = {
  allowed: 'a list of host:port, with or without http:// or https://, or embedded',
  placeholder: 'host:port,...',
  list: true,
  fromText: (text) => (text === 'embedded' ? text : splitList(text)),
  accepts: (value) => value === 'embedded' || (isList(value) && value.length > 0 && value.every(isEndpoint)),
};

export const origins: SettingKind = {
  allowed: 'a list of origins (https://host or http://host:port, without a path), or *',
  placeholder: 'origin,...',
  list: true,
  fromText: (text) => (text === '*' ? text : splitList(text)),
  accepts: (value) => value === '*' || (isList(value) && value.every(isOrigin)),
};

export const protoSources: SettingKind = {
  allowed: 'a list of .proto files or protobufjs roots',
  placeholder: 'file,...',
  list: true,
  fromText: splitList,
  accepts: (value) => isList(value) && value.every((part) => (typeof part === 'string' ? part !== '' : isRoot(part))),
};

export const keyPrefix: SettingKind = {
  allowed: 'a path that begins with / and does not end with one, e.g. /goverse',
  placeholder: 'path',
  fromText: asIs,
  accepts: (value) => typeof value === 'string' && /^(\/[^/\s]+)+$/.test(value),
};

export const poolName: SettingKind = {
  allowed: '1 to 64 letters, digits, _, - or .',
  placeholder: 'name',
  fromText: asIs,
  accepts: (value) => typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value),
};

export const secret: SettingKind = {
  allowed: 'at least 8 characters, printable ASCII, not beginning or ending with a space',
  placeholder: 'text',
  fromText: asIs,
  accepts: (value) => typeof value === 'string' && /^[!-~][ -~]{6,}[!-~]$/.test(value),
};

/** A file in PEM, or its text. */
export const pem: SettingKind = {
  allowed: 'a PEM file',
  placeholder: 'file',
  fromText: asIs,
  accepts: (value) => typeof value === 'string' && value !== '',
};

export const name: SettingKind = {
  allowed: 'a text',
  placeholder: 'text',
  fromText: asIs,
  accepts: (value) => typeof value === 'string' && value !== '',
};

/** Source of the length: RFC 7518, 3.2, for HS256. */
export const jwtSecret: SettingKind = {
  allowed: 'a text of at least 32 bytes',
  placeholder: 'text',
  fromText: asIs,
  accepts: (value) => typeof value === 'string' && Buffer.byteLength(value) >= 32,
};

/** Whoever can change the keys on their way can be everybody. */
export const keyUrl: SettingKind = {
  allowed: 'a URL, https:// or on loopback http://',
  placeholder: 'url',
  fromText: asIs,
  accepts: (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return false;
    const { protocol, hostname } = new URL(value);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    return protocol === 'https:' || (protocol === 'http:' && isLoopback({ host, port: 80 }));
  },
};

export const keySet: SettingKind = {
  allowed: 'a JSON Web Key Set, or a file with one',
  placeholder: 'file',
  fromText: asIs,
  accepts: (value) =>
    (typeof value === 'string' && value !== '') || isList((value as { keys?: unknown } | null | undefined)?.keys),
};

export const algorithms: SettingKind = {
  allowed: `a list of ${[...HMAC_ALGORITHMS, ...PUBLIC_KEY_ALGORITHMS].join(', ')}`,
  placeholder: 'name,...',
  list: true,
  fromText: splitList,
  accepts: (value) =>
    isList(value) &&
    value.length > 0 &&
    value.every((each) => [...HMAC_ALGORITHMS, ...PUBLIC_KEY_ALGORITHMS].includes(each as string)),
};

export const toggle: SettingKind = {
  allowed: 'true or false',
  placeholder: '',
  fromText: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
  accepts: (value) => typeof value === 'boolean',
};

export const wholeNumber = (min: number, max: number, orInfinity = false): SettingKind => ({
  allowed: `a whole number from ${min} to ${max}${orInfinity ? ', or Infinity' : ''}`,
  placeholder: 'number',
  fromText: (text) => (/^\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : infinityOr(text)),
  accepts: (value) =>
    (orInfinity && value === Infinity) ||
    (Number.isInteger(value) && (value as number) >= min && (value as number) <= max),
});

const WORKERS = wholeNumber(1, 256);

export const workerCount: SettingKind = {
  allowed: `${WORKERS.allowed}, or auto`,
  placeholder: 'number',
  fromText: (text) => (text === 'auto' ? text : WORKERS.fromText(text)),
  accepts: (value) => value === 'auto' || WORKERS.accepts(value),
};

export const share: SettingKind = {
  allowed: 'a number above 0, at most 1000',
  placeholder: 'number',
  fromText: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text),
  accepts: (value) => typeof value === 'number' && value > 0 && value <= 1000,
};

export const choice = (...words: readonly string[]): SettingKind => ({
  allowed: words.join(' or '),
  placeholder: words.join('|'),
  fromText: asIs,
  accepts: (value) => words.includes(value as string),
});

/** A list in code or YAML, or the file it stands in; what the rules say is checked by the gate. */
export const accessRules: SettingKind = {
  allowed: 'a list of rules, or a YAML file that holds one',
  placeholder: 'file',
  fromText: asIs,
  accepts: (value) => isList(value) || value instanceof AccessFile || (typeof value === 'string' && value !== ''),
};

/** An instance, a class or a token Nest knows one by. */
export const authenticator: SettingKind = {
  allowed: 'an object with the method authenticate, its class, or its injection token',
  placeholder: '',
  fromText: asIs,
  accepts: (value) =>
    ['function', 'string', 'symbol'].includes(typeof value) ||
    typeof (value as { authenticate?: unknown } | null | undefined)?.authenticate === 'function',
};

export const slowClientPolicy: SettingKind = {
  allowed: 'reject, dropOldest, disconnect, conflate or conflate:<field of the data>',
  placeholder: 'policy',
  fromText: asIs,
  accepts: (value) =>
    typeof value === 'string' && /^(reject|dropOldest|disconnect|conflate(:[A-Za-z_$][\w$]*)?)$/.test(value),
};

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function infinityOr(text: string): unknown {
  return text === 'Infinity' ? Infinity : text;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isEndpoint(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const address = parseAddress(value.replace(/^https?:\/\//, '').replace(/\/$/, ''));
  return address !== undefined && address.port > 0;
}

function isOrigin(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^https?:\/\/[^/\s]+$/.test(value) &&
    URL.canParse(value) &&
    new URL(value).origin === value
  );
}

/** By shape: an application may bring its own copy of protobufjs. */
function isRoot(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { lookupType?: unknown }).lookupType === 'function'
  );
}
