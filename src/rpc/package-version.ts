import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { protoDirectory } from './proto-files.js';

/** Version of this package; its package.json lies beside `proto/`. */
export function packageVersion(): string {
  const file = join(dirname(protoDirectory()), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
