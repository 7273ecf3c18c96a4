import type { Suite } from '../contender.js';
import { activation } from './activation.js';
import { gate } from './gate.js';
import { link } from './link.js';
import { local } from './local.js';
import { nodes } from './nodes.js';
import { push } from './push.js';
import { remote } from './remote.js';
import { scale } from './scale.js';
import { start } from './start.js';
import { sweep } from './sweep.js';

const SUITES: readonly Suite[] = [local, link, remote, gate, push, activation, scale, sweep, nodes, start];

/** The suites of these names, all if there are none. Throws for a name there is not. */
export function suitesNamed(names: readonly string[]): readonly Suite[] {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new Error(`No suite ${unknown.join(', ')}; there are ${SUITES.map(({ name }) => name).join(', ')}`);
  }
  return SUITES.filter(({ name }) => names.length === 0 || names.includes(name));
}
