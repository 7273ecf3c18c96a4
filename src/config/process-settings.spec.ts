import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { helpText } from './help-text.js';
import { readProcessSettings } from './process-settings.js';
import type { ProcessInput } from './process-settings.js';
import { resolveNodeConfig } from './resolve-config.js';
import { SETTINGS } from './settings.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'goverse-settings-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const input = (argv: string[], env: Record<string, string> = {}, more: Partial<ProcessInput> = {}): ProcessInput => ({
  argv,
  env,
  cwd,
  ...more,
});
const node = (argv: string[], env?: Record<string, string>, more?: Partial<ProcessInput>) =>
  readProcessSettings('node', input(argv, env, more));
const gate = (argv: string[], env?: Record<string, string>, more?: Partial<ProcessInput>) =>
  readProcessSettings('gate', input(argv, env, more));
const yaml = (text: string, name = 'goverse.yaml') => writeFileSync(join(cwd, name), text);

describe('flags', () => {
  it('are the settings in kebab-case', () => {
    const argv =
      '--listen 127.0.0.1:1 --advertise=a:2 --etcd-prefix /x --shards 64 --lease-ttl-seconds 5 --min-nodes 3 --weight 0.5';
    expect(node(argv.split(' ')).options).toEqual({
      listen: '127.0.0.1:1',
      advertise: 'a:2',
      etcdPrefix: '/x',
      shards: 64,
      leaseTtlSeconds: 5,
      minNodes: 3,
      weight: 0.5,
    });
  });

  it('take lists with commas and repeated', () => {
    expect(node(['--etcd', 'a:1,b:2', '--etcd=http://c:3']).options.etcd).toEqual(['a:1', 'b:2', 'http://c:3']);
    expect(node(['--etcd', 'embedded']).options.etcd).toBe('embedded');
    expect(gate(['--cors', '*']).options.cors).toBe('*');
  });

  it('take switches with and without a value', () => {
    expect(node(['--insecure', '--reflection=false']).options).toEqual({ insecure: true, reflection: false });
  });

  it('take the words and numbers of the settings', () => {
    expect(gate(['--http-listen', 'false']).options.httpListen).toBe(false);
    expect(node(['--max-activations', 'Infinity', '--drain-timeout-ms', '10_000']).options).toEqual({
      maxActivations: Infinity,
      drainTimeoutMs: 10_000,
    });
  });

  it('let the last of several values win', () => {
    expect(node(['--shards', '1', '--shards', '2']).options.shards).toBe(2);
  });

  it('are refused when unknown, with the nearest name', () => {
    expect(() => node(['--lisen', 'a:1'])).toThrowError(/there is no flag --lisen; did you mean --listen\?/);
    expect(() => node(['--authenticator', 'x'])).toThrowError(/there is no flag --authenticator/);
    expect(() => node(['-x'])).toThrowError(/there is no flag --x/);
  });

  it('are refused without a value, and values without a flag', () => {
    expect(() => node(['--listen', '--insecure'])).toThrowError(/the flag --listen needs a value: host:port/);
    expect(() => node(['--listen'])).toThrowError(/the flag --listen needs a value/);
    expect(() => node(['stray'])).toThrowError(/"stray" on the command line belongs to no flag/);
  });

  it('ask for help and version, and then nothing else matters', () => {
    expect(node(['--shards', 'abc', '--help']).show).toBe('help');
    expect(node(['-h']).show).toBe('help');
    expect(gate(['--version']).show).toBe('version');
    expect(node([]).show).toBeUndefined();
  });
});

describe('the environment', () => {
  it('has the settings as GOVERSE_*, stronger with the role', () => {
    const env = {
      GOVERSE_SHARDS: '16',
      GOVERSE_ETCD: 'a:1, b:2',
      GOVERSE_NODE_SHARDS: '32',
      GOVERSE_GATE_SHARDS: '64',
    };
    expect(node([], env).options).toEqual({ shards: 32, etcd: ['a:1', 'b:2'] });
    expect(gate([], env).options).toEqual({ shards: 64, etcd: ['a:1', 'b:2'] });
  });

  it('tells settings of gates from settings of nodes', () => {
    const env = { GOVERSE_GATE_QUEUE_LIMIT: '5', GOVERSE_HTTP_LISTEN: 'false' };
    expect(node([], env).options).toEqual({ gateQueueLimit: 5 });
    expect(gate([], env).options).toEqual({ httpListen: false });
  });

  it('may hold empty and foreign variables', () => {
    expect(node([], { GOVERSE_LISTEN: '', GOVERSE_GATE_SERVICE_HOST: '10.0.0.1', PATH: '/bin' }).options).toEqual({});
  });

  it('is named in errors', () => {
    expect(() => node([], { GOVERSE_LEASE_TTL_SECONDS: 'abc' })).toThrowError(
      /leaseTtlSeconds from GOVERSE_LEASE_TTL_SECONDS is "abc": allowed is a whole number from 1 to 3600/,
    );
  });
});

describe('goverse.yaml', () => {
  it('is read from the working directory, sections stronger', () => {
    yaml(
      'etcd: [a:1, b:2]\nshards: 16\nminNodes: 2\nhttpListen: false\nnode:\n  shards: 32\ngate:\n  listen: 127.0.0.1:5\n',
    );
    expect(node([]).options).toEqual({ etcd: ['a:1', 'b:2'], shards: 32, minNodes: 2 });
    expect(gate([]).options).toEqual({ etcd: ['a:1', 'b:2'], shards: 16, httpListen: false, listen: '127.0.0.1:5' });
  });

  it('is read from where --config or GOVERSE_CONFIG points, the flag stronger', () => {
    yaml('shards: 1', 'a.yaml');
    yaml('shards: 2', 'b.yaml');
    expect(node([], { GOVERSE_CONFIG: 'a.yaml' }).options.shards).toBe(1);
    expect(node(['--config', 'b.yaml'], { GOVERSE_CONFIG: 'a.yaml' }).options.shards).toBe(2);
    expect(() => node(['--config', 'missing.yaml'])).toThrowError(/missing\.yaml does not exist/);
    expect(() => node(['--config', '.'])).toThrowError(/settings are not usable.*cannot be read: EISDIR/);
  });

  it('may be empty or absent, and values null', () => {
    expect(node([]).options).toEqual({});
    yaml('# nothing\nshards:\nnode:\n');
    expect(node([]).options).toEqual({});
  });

  it('is refused with unknown keys, wrong values and wrong forms, all named', () => {
    yaml('shard: 5\nlisten: 47000\nnode:\n  httpListen: x\ngate: 5\n');
    expect(() => node([])).toThrowError(/shard in .*goverse\.yaml is no setting; did you mean shards\?/);
    expect(() => node([])).toThrowError(/listen from listen in .*goverse\.yaml is 47000: allowed is host:port/);
    expect(() => node([])).toThrowError(/node\.httpListen in .* is no setting/);
    expect(() => node([])).toThrowError(/gate in .* must hold settings of the gate/);
  });

  it('is refused when it is no YAML or no mapping', () => {
    yaml('a: [');
    expect(() => node([])).toThrowError(/is no YAML/);
    yaml('- a');
    expect(() => node([])).toThrowError(/must hold settings/);
  });
});

describe('settings that stand together', () => {
  it('are flags and variables of their own, and a mapping in YAML', () => {
    yaml('tls: { cert: a.pem, key: a.key }\ngate:\n  jwt:\n    issuer: me\n    audience: chat\n');
    const { options } = gate(['--jwt-audience', 'you', '--tls-key', 'b.key'], { GOVERSE_TLS_CA: 'ca.pem' });
    expect(options).toEqual({
      'tls.cert': 'a.pem',
      'tls.key': 'b.key',
      'tls.ca': 'ca.pem',
      'jwt.issuer': 'me',
      'jwt.audience': 'you',
    });
    yaml('tls: { crt: a.pem }\n');
    expect(() => gate([])).toThrowError(/tls\.crt in .* is no setting/);
  });
});

describe('settings of a process', () => {
  it('are taken from flags before the environment before YAML, and know where they come from', () => {
    yaml('shards: 1\nminNodes: 1\nweight: 1\nnode:\n  weight: 2\n');
    const { options, sources } = node(['--shards', '3'], { GOVERSE_SHARDS: '2', GOVERSE_MIN_NODES: '2' });
    expect(options).toEqual({ shards: 3, minNodes: 2, weight: 2 });
    expect(sources).toEqual({
      shards: 'the flag --shards',
      minNodes: 'GOVERSE_MIN_NODES',
      weight: `node.weight in ${join(cwd, 'goverse.yaml')}`,
    });
  });

  it('carry their sources into the errors of the config', () => {
    const { options, sources } = node(['--listen', '0.0.0.0:47000']);
    expect(() => resolveNodeConfig(options, sources)).toThrowError(/listen from the flag --listen is 0\.0\.0\.0:47000/);
  });

  it('report everything wrong in all sources at once', () => {
    yaml('shards: x');
    const argv = ['--weight', 'y'];
    for (const name of ['shards', 'minNodes', 'weight']) {
      expect(() => node(argv, { GOVERSE_MIN_NODES: 'z' })).toThrowError(new RegExp(`${name} from`));
    }
  });
});

describe('a process that is node and gate', () => {
  const both = { roles: ['node', 'gate'] } as const;

  it('takes addresses with the role, the rest for both', () => {
    const argv =
      '--node-listen 127.0.0.1:1 --gate-listen 127.0.0.1:2 --http-listen 127.0.0.1:3 --etcd a:1 --min-nodes 2'.split(
        ' ',
      );
    expect(node(argv, {}, both).options).toEqual({ listen: '127.0.0.1:1', etcd: ['a:1'], minNodes: 2 });
    expect(gate(argv, {}, both).options).toEqual({ listen: '127.0.0.1:2', httpListen: '127.0.0.1:3', etcd: ['a:1'] });
  });

  it('lets the flag with the role win, whatever the order', () => {
    const argv = ['--node-shards', '2', '--shards', '1'];
    expect(node(argv, {}, both).options.shards).toBe(2);
    expect(gate(argv, {}, both).options.shards).toBe(1);
  });

  it('refuses addresses that could be of either', () => {
    yaml('advertise: a:1');
    expect(() => node(['--listen', 'a:1'], {}, both)).toThrowError(/--node-listen and --gate-listen/);
    expect(() => node([], { GOVERSE_LISTEN: 'a:1' }, both)).toThrowError(/GOVERSE_NODE_LISTEN and GOVERSE_GATE_LISTEN/);
    expect(() => node([], {}, both)).toThrowError(/advertise in .* is ambiguous/);
  });
});

describe('the help text', () => {
  it('shows every flag of the role with its default', () => {
    const text = helpText('goverse-gate', 'gate');
    expect(text).toMatch(/^Usage: goverse-gate \[flags\]/);
    expect(text).toMatch(
      /--http-listen host:port +HTTP port of the gate, false for none \(default: 127\.0\.0\.1:8080\)/,
    );
    expect(text).toMatch(/--insecure +listen beyond/);
    expect(text).not.toContain('--min-nodes');
    expect(text).not.toContain('--authenticator');
  });

  it('explains every setting', () => {
    for (const setting of Object.values(SETTINGS)) expect(setting.help).not.toBe('');
  });
});
