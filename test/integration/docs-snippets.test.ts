import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendCurl } from './docs-support/curl.js';
import { DocProcess } from './docs-support/doc-process.js';
import { DocProject } from './docs-support/doc-project.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const GATE_COMMAND = join(repository, 'dist/src/gate/goverse-gate.command.js');
const FREE_PORT = '127.0.0.1:0';

/** The programs of one document. */
class DocPrograms {
  private readonly started: DocProcess[] = [];

  constructor(readonly project: DocProject) {}

  start(...args: string[]): DocProcess {
    const program = new DocProcess(this.project.folder, args);
    this.started.push(program);
    return program;
  }

  /** Runs a program to its end; what it printed. */
  async run(...args: string[]): Promise<string> {
    const program = this.start(...args);
    const code = await program.exitCode();
    if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${program.output}`);
    return program.output;
  }

  async killAll(): Promise<void> {
    await Promise.all(this.started.map((program) => program.kill()));
  }
}

/** A node and a gate of a document, on free ports and an etcd of their own. */
interface DocCluster {
  readonly node: DocProcess;
  readonly gate: DocProcess;
  readonly http: string;
  readonly grpc: string;
}

async function startCluster(programs: DocPrograms, gateProgram: string): Promise<DocCluster> {
  const node = programs.start('dist/node.js', '--listen', FREE_PORT, '--etcd', 'embedded');
  const etcd = /etcd=(\S+)/.exec(await node.line(/^ready node /))?.[1] ?? '127.0.0.1:2379';
  const gate = programs.start(gateProgram, '--listen', FREE_PORT, '--http-listen', FREE_PORT, '--etcd', etcd);
  const [, address, http] = /^ready gate (\S+) http=(\S+)/.exec(await gate.line(/^ready gate /)) ?? [];
  return { node, gate, http: `http://${http}`, grpc: `grpc://${address}` };
}

/** A command of a document and the block behind it, which shows what it answers. */
function curlsOf({ fences }: DocProject): { command: string; answer: unknown }[] {
  return fences.flatMap(({ attributes, text }, at) => {
    const shown = fences[at + 1];
    if (!('curl' in attributes) || !shown) return [];
    return [{ command: text, answer: JSON.parse(shown.text) as unknown }];
  });
}

/** Of an object only the members the document shows. */
function asFarAsShown(actual: unknown, shown: unknown): unknown {
  if (typeof actual !== 'object' || actual === null || typeof shown !== 'object' || shown === null) return actual;
  if (Array.isArray(actual)) return actual;
  return Object.fromEntries(Object.entries(actual).filter(([name]) => name in shown));
}

interface Scenario {
  readonly document: string;
  /** Path of the program that is the gate, in the document's folder. */
  readonly gate: string;
  /** Arguments of the document's client, run after its `curl` commands, and what each run prints. */
  clients(cluster: DocCluster): readonly { args: readonly string[]; prints: string }[];
  readonly test: string;
}

const scenarios: readonly Scenario[] = [
  {
    document: 'README.md',
    gate: GATE_COMMAND,
    clients: ({ http, grpc }) => [
      { args: [http], prints: 'visits = 2' },
      { args: [grpc], prints: 'visits = 3' },
    ],
    test: 'counter.test.js',
  },
  {
    document: 'docs/getting-started.md',
    gate: 'dist/gate.js',
    clients: ({ http, grpc }) => [
      { args: ['bob', http], prints: 'members: ann, bob\nlobby: hello' },
      { args: ['cat', grpc], prints: 'members: ann, bob, cat\nlobby: hello' },
    ],
    test: 'chat-room.test.js',
  },
];

describe.each(scenarios)('$document', (scenario) => {
  let project: DocProject;
  let programs: DocPrograms;

  beforeAll(() => {
    if (!existsSync(GATE_COMMAND)) throw new Error('The package is not built; run `npm run build` first');
    project = new DocProject(scenario.document);
    programs = new DocPrograms(project);
  });

  afterAll(async () => {
    await programs.killAll();
    project.remove();
  });

  it('names a file for every TypeScript snippet', () => {
    expect(project.nameless).toEqual([]);
  });

  it('compiles', () => {
    expect(project.sources.length).toBeGreaterThan(0);
    expect(project.compile()).toEqual([]);
  });

  it('does what it says with a node, a gate and a client', async () => {
    const cluster = await startCluster(programs, scenario.gate);
    const curls = curlsOf(project);
    expect(curls).not.toEqual([]);
    for (const { command, answer } of curls) {
      const actual: unknown = JSON.parse(await sendCurl(command, cluster.http));
      expect(asFarAsShown(actual, answer)).toEqual(answer);
    }
    const runs = scenario.clients(cluster);
    const shown = project.fences.filter(({ attributes }) => 'client' in attributes).map(({ text }) => text.trim());
    expect(shown.filter((text) => text !== runs[0]?.prints)).toEqual([]);
    for (const { args, prints } of runs) {
      expect(await programs.run('dist/client.js', ...args)).toBe(prints);
    }
    expect([await cluster.gate.stop(), await cluster.node.stop()]).toEqual([0, 0]);
  });

  it('has a test that passes', async () => {
    const output = await programs.run('--test', '--test-reporter=tap', `dist/${scenario.test}`);
    expect(output).toMatch(/^# pass [1-9]/m);
  });
});

describe.each(['docs/api.md', 'docs/client.md'])('%s', (document) => {
  it('compiles', () => {
    const project = new DocProject(document);
    try {
      expect(project.nameless).toEqual([]);
      expect(project.compile()).toEqual([]);
    } finally {
      project.remove();
    }
  });
});

describe('the commands of README.md', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');

  it('shows the two commands on the first screen', () => {
    const screen = readme.split('\n').slice(0, 15).join('\n');
    expect(screen).toContain('npm ci && npm start');
    expect(screen).toContain('npm ci && npm test');
  });

  it('exist in this repository', () => {
    const scripts = keysOf('package.json', 'scripts');
    const projects = keysOf('nest-cli.json', 'projects');
    const commands = keysOf('package.json', 'bin');
    expect(named(readme, /npm run ([\w:-]+)/g).filter((name) => !scripts.includes(name))).toEqual([]);
    expect(named(readme, /npx nest start (\w+)/g).filter((name) => !projects.includes(name))).toEqual([]);
    expect(named(readme, /npx (goverse-[\w-]+)/g).filter((name) => !commands.includes(name))).toEqual([]);
  });
});

/** Every name a text gives in this way; none at all would make the test blind. */
function named(text: string, pattern: RegExp): string[] {
  const names = [...text.matchAll(pattern)].map(([, name = '']) => name);
  if (names.length === 0) throw new Error(`README.md has nothing like ${pattern}`);
  return names;
}

function keysOf(file: string, property: string): string[] {
  const content = JSON.parse(readFileSync(join(repository, file), 'utf8')) as Record<string, object>;
  return Object.keys(content[property] ?? {});
}
