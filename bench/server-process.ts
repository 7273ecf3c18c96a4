import { fileURLToPath } from 'node:url';
import { Child } from '../test/support/child-process.js';

/** Starts `servers/<name>.js` in a process of its own, with the flags of node a user would give: none. */
export function spawnServer(name: string, args: readonly string[] = []): Child {
  const entry = fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
  return new Child(process.execPath, [entry, ...args]);
}

/** The address a peer's server prints: `ready <address>`. */
export async function readyAddress(child: Child): Promise<string> {
  return (await child.line(/^ready /)).split(' ')[1] as string;
}
