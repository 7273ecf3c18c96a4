import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child, REPOSITORY } from '../support/child-process.js';
import { GoverseProcess } from '../support/goverse-process.js';
import { copyProject } from '../support/project-copy.js';
import { sendJson, valueOf } from '../support/raw-http.js';
import { runCommand } from '../support/run-command.js';
import { startTestEtcd } from '../support/test-etcd.js';
import type { TestEtcd } from '../support/test-etcd.js';

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** What a user gets who installs the package in an empty folder. */
describe('the packed package', () => {
  let folder: string;
  let report: PackReport;
  let etcd: TestEtcd;
  const children: Child[] = [];

  const userProgram = (name: string) =>
    runCommand(folder, process.execPath, '--enable-source-maps', `dist/${name}.main.js`);
  const keep = (command: string, ...args: string[]) => {
    const child = new Child(command, args, { cwd: folder, group: true });
    children.push(child);
    return child;
  };

  beforeAll(async () => {
    const project = await copyProject();
    try {
      const output = await runCommand(project.folder, 'npm', 'pack', '--json');
      report = packReport(output);
      folder = await mkdtemp(join(tmpdir(), 'goverse-user-'));
      await runCommand(folder, 'npm', 'init', '-y');
      await runCommand(folder, 'npm', 'pkg', 'set', 'type=module');
      const { devDependencies } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
        devDependencies: Record<string, string>;
      };
      const compiler = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
      await runCommand(
        folder,
        'npm',
        'install',
        '--no-audit',
        '--no-fund',
        join(project.folder, report.filename),
        ...compiler,
      );
      await cp(new URL('./fixture', import.meta.url), folder, { recursive: true });
      await runCommand(folder, 'npx', 'tsc', '-p', '.');
      etcd = await startTestEtcd();
    } finally {
      await project.remove();
    }
  });

  afterAll(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await etcd?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('has the library, its declarations and its protocol, and nothing of the tests and samples', () => {
    const paths = report.files.map(({ path }) => path);
    const files = [
      'package.json',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'proto/goverse.proto',
      'proto/client.proto',
      'proto/gate.proto',
    ];
    const entries = ['index', 'testing/index', 'client/index'].flatMap((entry) => [
      `dist/src/${entry}.js`,
      `dist/src/${entry}.d.ts`,
    ]);
    expect(paths).toEqual(expect.arrayContaining([...files, ...entries, 'dist/src/gate/goverse-gate.command.js']));
    expect(
      paths.filter((path) =>
        /\.(spec|test)\.|^(src|test|samples|bench|docs)\/|^dist\/(?!src\/)|tsbuildinfo/.test(path),
      ),
    ).toEqual([]);
  });

  it('is found under its three names', async () => {
    const names = JSON.parse(await userProgram('imports')) as Record<string, string[]>;
    expect(names['framework']).toEqual(
      expect.arrayContaining([
        'GoverseObject',
        'Method',
        'GoverseService',
        'PushService',
        'GoverseNodeModule',
        'GoverseGateModule',
        'startNode',
        'startGate',
        'GoverseError',
      ]),
    );
    expect(names['testing']).toEqual(expect.arrayContaining(['TestCluster']));
    expect(names['client']).toEqual(expect.arrayContaining(['GoverseClient', 'GoverseError']));
  });

  it('has a client that loads nothing of NestJS', async () => {
    expect(JSON.parse(await userProgram('client'))).toEqual({ client: 'function', loaded: [], reflect: false });
  });

  it('runs two nodes and a gate in one process, with objects, modules and a feature module in files of their own', async () => {
    const output = await userProgram('cluster');
    expect(output.match(/^ready node /gm)).toHaveLength(2);
    expect(output.match(/^ready gate /gm)).toHaveLength(1);
    expect(output).toMatch(/^cluster fine$/m);
  });

  it('runs a test cluster with an overridden provider', async () => {
    expect(await userProgram('testing')).toMatch(/^testing fine$/m);
  });

  it('starts a gate without any code, ready as soon as there is a node', async () => {
    const gate = keep(
      'npx',
      'goverse-gate',
      '--listen',
      '127.0.0.1:0',
      '--http-listen',
      '127.0.0.1:0',
      '--etcd',
      etcd.endpoint,
    );
    await gate.line(/joined the cluster/);
    expect(gate.output).not.toMatch(/^ready/m);
    await GoverseProcess.ready(keep(process.execPath, 'dist/node.main.js', '--etcd', etcd.endpoint));
    const { http } = await GoverseProcess.ready(gate);
    const answer = await sendJson(http, 'POST', '/v1/objects/Counter-a/add', { amount: 5 });
    expect(valueOf(answer)).toBe(5);
    process.kill(Number(/pid=(\d+)/.exec(await gate.line(/^ready gate/))![1]), 'SIGTERM');
    expect(await gate.exit()).toBe(0);
  });

  it('explains its command', async () => {
    const help = await runCommand(folder, 'npx', 'goverse-gate', '--help');
    expect(help).toMatch(/--listen[^]*--http-listen[^]*--etcd/);
    const { version } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
    expect(await runCommand(folder, 'npx', 'goverse-gate', '--version')).toBe(`${version}\n`);
  });

  it('refuses a wrong flag with a text and not with a stack', async () => {
    const child = keep('npx', 'goverse-gate', '--listen', 'nowhere');
    expect(await child.exit()).toBe(1);
    expect(child.output).toMatch(/listen from the flag --listen is "nowhere": allowed is host:port/);
    expect(child.output).not.toMatch(/^\s+at /m);
  });
});

/** What `npm pack --json` says; scripts of the package may print before it. Newer npm names the package around it. */
function packReport(output: string): PackReport {
  const parsed = JSON.parse(output.slice(output.search(/^[[{]/m))) as PackReport[] | Record<string, PackReport>;
  return Object.values(parsed)[0]!;
}
