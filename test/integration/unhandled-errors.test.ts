import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let cases = 0;

/** The guard is about how a process ends, so each case is a process of its own, running the compiled sources. */
async function compile(path: string): Promise<void> {
  const source = await readFile(join(root, path), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, experimentalDecorators: true },
  });
  const target = join(folder, path.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'goverse-guard-'));
  const core = (await readdir(join(root, 'src/core')))
    .filter((name) => !name.endsWith('.spec.ts'))
    .map((name) => `src/core/${name}`);
  for (const path of [...core, 'src/objects/unhandled-error-guard.ts', 'src/objects/user-error.ts'])
    await compile(path);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(body: string): Promise<{ code: number; out: string; err: string }> {
  const script = `
    import { CallContext } from './src/core/call-context.js';
    import { UnhandledErrorGuard } from './src/objects/unhandled-error-guard.js';
    const guard = (name) => new UnhandledErrorGuard({ error: (line) => console.log(name + ' ' + line.split('\\n')[0]), warn() {} });
    const inTurn = (work) => CallContext.run(
      new CallContext({ objectId: 'Room-a', method: 'join', callId: 'c1', deadline: 0, isFromClient: false, chain: [], signal: new AbortController().signal }),
      work,
    );
    ${body}
  `;
  const file = join(folder, `case-${(cases += 1)}.mjs`);
  await writeFile(file, script);
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

describe('errors that nobody catches', () => {
  it.each([
    ['a promise left behind', `void (async () => { await 1; throw new Error('left'); })();`],
    ['a rejected promise', `void Promise.reject(new Error('left'));`],
    ['a timer', `setTimeout(() => { throw new Error('left'); }, 1);`],
    ['a tick', `process.nextTick(() => { throw new Error('left'); });`],
    [
      'a promise that is rejected elsewhere',
      `void new Promise((_, reject) => setTimeout(() => CallContext.exit(() => reject(new Error('left'))), 1));`,
    ],
  ])('are logged with the object when a turn left them: %s', async (_, code) => {
    const result = await run(
      `guard('g').install(); inTurn(() => { ${code} }); setTimeout(() => console.log('lives'), 50);`,
    );
    expect(result).toMatchObject({ code: 0, err: '' });
    expect(result.out).toBe('g Room-a.join left an error behind (call c1): Error: left\nlives\n');
  });

  it.each([
    ['a rejection', `void Promise.reject(new Error('foreign'));`],
    ['an exception', `setTimeout(() => { throw new Error('foreign'); }, 1);`],
  ])('end the process as without the guard when they come from elsewhere: %s', async (_, code) => {
    const result = await run(
      `guard('a').install(); guard('b').install(); ${code} setTimeout(() => console.log('lives'), 200);`,
    );
    expect(result.code).toBe(1);
    expect(result.err).toContain('Error: foreign');
    expect(result.out).toBe('');
  });

  it('are left to whoever else listens for foreign ones', async () => {
    const result = await run(
      `process.on('unhandledRejection', (e) => console.log('mine ' + e.message)); guard('g').install(); void Promise.reject(new Error('x'));`,
    );
    expect(result).toMatchObject({ code: 0, out: 'mine x\n' });
  });

  it('are logged once by the guards of several nodes, and not any more by removed ones', async () => {
    const result = await run(`
      const [a, b] = [guard('a'), guard('b')];
      a.install(); b.install();
      inTurn(() => void Promise.reject(new Error('one')));
      setTimeout(() => { a.remove(); inTurn(() => void Promise.reject(new Error('two'))); }, 20);
      setTimeout(() => { b.remove(); console.log(process.listenerCount('unhandledRejection') + process.listenerCount('uncaughtException')); }, 60);
    `);
    expect(result.out.split('\n')).toEqual([
      expect.stringMatching(/^a .*one/),
      expect.stringMatching(/^b .*two/),
      '0',
      '',
    ]);
  });
});
