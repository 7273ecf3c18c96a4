import type { AccessVerb, LocatedRule } from '../../config/index.js';
import { didYouMean } from '../../config/index.js';
import { EVERY_CLIENT, isTypeName } from '../../core/index.js';
import { CompiledRule } from './compiled-rule.js';
import { Pattern } from './pattern.js';

const FIELDS = ['type', 'id', 'method', 'verb', 'allow', 'deny', 'to'];
const VERBS: readonly AccessVerb[] = ['call', 'create', 'delete', 'register'];
/** What a rule without `verb` is about. */
const OBJECT_VERBS: readonly AccessVerb[] = ['call', 'create', 'delete'];

type Fields = Record<string, unknown>;

/** A rule as it was written, checked and compiled. Throws an error that says what is wrong, without the place. */
export function readRule({ value, place }: LocatedRule): CompiledRule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('a rule is a mapping, e.g. { type: ChatRoom, method: Join, allow: true, to: clients }');
  }
  const fields = value as Fields;
  for (const name of Object.keys(fields)) {
    if (!FIELDS.includes(name)) throw new TypeError(`a rule has no field ${name}${didYouMean(name, FIELDS)}`);
  }
  const verbs = verbsOf(fields);
  const [type, id, method] = [pattern(fields, 'type'), pattern(fields, 'id'), pattern(fields, 'method')];
  assertPossible(verbs, { type, id, method }, fields);
  return new CompiledRule({
    place,
    allow: allows(fields),
    verbs: new Set(verbs),
    type,
    id,
    method,
    to: rolesOf(fields),
  });
}

function allows({ allow, deny }: Fields): boolean {
  for (const [name, value] of Object.entries({ allow, deny })) {
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} must be true`);
  }
  if ((allow === true) === (deny === true)) throw new TypeError('a rule says either allow: true or deny: true');
  return allow === true;
}

function verbsOf({ verb, method }: Fields): readonly AccessVerb[] {
  if (verb === undefined) return method === undefined ? OBJECT_VERBS : ['call'];
  const verbs: unknown[] = Array.isArray(verb) ? verb : [verb];
  const wrong = verbs.find((each) => !VERBS.includes(each as AccessVerb));
  if (wrong !== undefined || verbs.length === 0) {
    throw new TypeError(`verb is ${JSON.stringify(verb)}: allowed are ${VERBS.join(', ')}, or a list of them`);
  }
  return verbs as AccessVerb[];
}

function pattern(fields: Fields, name: 'type' | 'id' | 'method'): Pattern {
  const text = fields[name];
  if (text !== undefined && (typeof text !== 'string' || text === '')) {
    throw new TypeError(`${name} must be a text, or a regular expression between slashes`);
  }
  try {
    return Pattern.parse(text);
  } catch (error) {
    throw new TypeError(`${name} ${text} is no regular expression: ${(error as Error).message}`, { cause: error });
  }
}

function rolesOf({ to }: Fields): readonly string[] {
  if (to === undefined) return [EVERY_CLIENT];
  const roles: unknown[] = Array.isArray(to) ? to : [to];
  if (roles.length > 0 && roles.every((role) => typeof role === 'string' && role !== '')) return roles as string[];
  throw new TypeError('to must be clients, authenticated, the name of a role, or a list of these');
}

/** What can never be asked can never fit: mostly a slip of the pen that would look like protection. */
function assertPossible(
  verbs: readonly AccessVerb[],
  { type, id, method }: Record<'type' | 'id' | 'method', Pattern>,
  fields: Fields,
): void {
  if (type.exact !== undefined && !isTypeName(type.exact)) {
    throw new TypeError(`it can never fit: ${JSON.stringify(type.exact)} is no type name`);
  }
  // eslint-disable-next-line no-control-regex
  if (id.exact !== undefined && (Buffer.byteLength(id.exact) > 255 || /[\u0000-\u001f]/.test(id.exact))) {
    throw new TypeError('it can never fit: ids have at most 255 bytes and no control characters');
  }
  if (method.exact !== undefined && /[\s/]/.test(method.exact)) {
    throw new TypeError(`it can never fit: ${JSON.stringify(method.exact)} is no name of a method`);
  }
  if (fields['method'] !== undefined && verbs.some((verb) => verb !== 'call')) {
    throw new TypeError('it can never fit: only calls have a method');
  }
  if (verbs.includes('register') && ['type', 'id'].some((name) => fields[name] !== undefined)) {
    throw new TypeError('it can never fit: a registration is of no object; leave type and id out');
  }
}
