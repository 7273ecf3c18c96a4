import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Child, REPOSITORY } from './child-process.js';
import type { ChildOptions } from './child-process.js';

const READY = /^ready (node|gate) (\S+)/;

/** A node or a gate in a process of its own, run from `dist`. */
export class GoverseProcess {
  private constructor(
    readonly child: Child,
    /** Advertised address of the first `ready` line. */
    readonly address: string,
    /** Of the HTTP face of a gate. */
    readonly http: string,
    /** Of the embedded etcd, if this process runs one. */
    readonly etcd: string | undefined,
  ) {}

  /** Starts a compiled entry such as `samples/chat/node.main.js`; resolves at its `ready` line. */
  static async start(entry: string, flags: readonly string[], options: ChildOptions = {}): Promise<GoverseProcess> {
    const child = spawnEntry(entry, flags, options);
    try {
      return await GoverseProcess.ready(child);
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  /** What the `ready` line of a process says. */
  static async ready(child: Child, from = 0): Promise<GoverseProcess> {
    const line = await child.line(READY, from);
    return new GoverseProcess(child, READY.exec(line)![2]!, fact(line, 'http') ?? '', fact(line, 'etcd'));
  }
}

/** Starts a compiled entry of the repository without waiting for anything. */
export function spawnEntry(entry: string, flags: readonly string[], options: ChildOptions = {}): Child {
  const path = join(REPOSITORY, 'dist', entry);
  if (!existsSync(path)) throw new Error(`${path} is missing: run npm run build`);
  return new Child(process.execPath, ['--enable-source-maps', path, ...flags], options);
}

function fact(line: string, name: string): string | undefined {
  return new RegExp(` ${name}=(\\S+)`).exec(line)?.[1];
}
