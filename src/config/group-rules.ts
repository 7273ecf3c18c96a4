import { HMAC_ALGORITHMS, PUBLIC_KEY_ALGORITHMS } from './jwt-options.js';

type Values = Readonly<Record<string, unknown>>;

const KEYS = ['jwt.secret', 'jwt.jwksUrl', 'jwt.jwks'];

/** What is wrong with settings that belong together. */
export function groupViolations(values: Values, given: Values): string[] {
  return [...tlsViolations(values), ...etcdViolations(values), ...jwtViolations(given)];
}

function tlsViolations(values: Values): string[] {
  const violations: string[] = [];
  for (const group of ['tls', 'clientTls', 'etcdTls']) {
    const [cert, key] = [values[`${group}.cert`], values[`${group}.key`]];
    if ((cert === undefined) !== (key === undefined)) {
      violations.push(`${group} needs both cert and key; ${group}.${cert === undefined ? 'cert' : 'key'} is missing`);
    }
  }
  const given = (name: string) => values[name] !== undefined;
  if ((given('tls.ca') || given('tls.serverName')) && !given('tls.cert') && !given('tls.key')) {
    violations.push('tls needs cert and key: every process of the cluster shows a certificate');
  }
  if (given('clientTls.ca') && !given('clientTls.cert') && !given('tls.cert')) {
    violations.push(
      'clientTls.ca asks clients for certificates, but the port has none itself; set clientTls.cert and clientTls.key',
    );
  }
  if (values['clientTls'] === true && !given('clientTls.cert') && !given('tls.cert')) {
    violations.push('clientTls is on, but there is no certificate; set clientTls.cert and clientTls.key');
  }
  return violations;
}

function etcdViolations(values: Values): string[] {
  const given = (name: string) => values[name] !== undefined;
  const violations: string[] = [];
  const [user, password] = [given('etcdUsername'), given('etcdPassword')];
  if (user !== password) {
    violations.push(`etcdUsername and etcdPassword go together; ${user ? 'etcdPassword' : 'etcdUsername'} is missing`);
  }
  const tls = ['etcdTls.ca', 'etcdTls.cert', 'etcdTls.key'].some(given);
  const { etcd } = values;
  if (etcd === 'embedded') {
    if (tls || user) violations.push('the embedded etcd has neither TLS nor users; leave etcdTls and etcdUsername out');
    return violations;
  }
  const endpoints = etcd as readonly string[];
  const plain = endpoints.find((endpoint) => endpoint.startsWith('http://'));
  if (tls && plain !== undefined) violations.push(`etcd has ${plain}, which is without TLS, and there is etcdTls`);
  const secure = endpoints.filter((endpoint) => endpoint.startsWith('https://'));
  if (!tls && secure.length > 0 && secure.length < endpoints.length) {
    violations.push(`etcd has endpoints with and without https://; begin all of them with https://`);
  }
  return violations;
}

function jwtViolations(given: Values): string[] {
  if (!Object.keys(given).some((name) => name.startsWith('jwt.'))) return [];
  const keys = KEYS.filter((name) => given[name] !== undefined);
  const violations: string[] = [];
  if (keys.length !== 1) {
    violations.push(`jwt needs one of ${KEYS.join(', ')}${keys.length > 1 ? `, not ${keys.join(' and ')}` : ''}`);
  }
  if (given['authenticator'] !== undefined) violations.push('give either authenticator or jwt, not both');
  const algorithms = given['jwt.algorithms'] as readonly string[] | undefined;
  const fitting = keys[0] === 'jwt.secret' ? HMAC_ALGORITHMS : PUBLIC_KEY_ALGORITHMS;
  const wrong = algorithms?.find((name) => !fitting.includes(name));
  if (keys.length === 1 && wrong !== undefined) {
    violations.push(
      `jwt.algorithms has ${wrong}, which does not go with ${keys[0]}: allowed are ${fitting.join(', ')}`,
    );
  }
  return violations;
}
