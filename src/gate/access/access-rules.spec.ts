import { describe, expect, it } from 'vitest';
import type { AccessRule } from '../../config/index.js';
import { locatedInCode } from '../../config/index.js';
import type { CallerIdentity } from '../../core/index.js';
import { GoverseError } from '../../core/index.js';
import { AccessRules } from './access-rules.js';
import type { AccessQuestion } from './compiled-rule.js';

const ann: CallerIdentity = { userId: 'ann', roles: ['staff'] };
const gus: CallerIdentity = { userId: 'gus', roles: [] };
const compile = (rules: readonly unknown[], authenticated = true) =>
  AccessRules.compile(locatedInCode(rules), authenticated);

const ask = (rules: AccessRules, identity: CallerIdentity | undefined, id: string, method?: string) =>
  outcome(rules, identity, {
    verb: method === undefined ? 'create' : 'call',
    type: id.slice(id.indexOf('/') + 1).split('-')[0]!,
    id,
    method: method ?? '',
  });

function outcome(rules: AccessRules, identity: CallerIdentity | undefined, question: AccessQuestion): string {
  try {
    rules.assertAllowed(question, identity);
    return 'allowed';
  } catch (error) {
    return (error as GoverseError).reason;
  }
}

function violations(rules: readonly unknown[], authenticated = true): string[] {
  try {
    compile(rules, authenticated);
    return [];
  } catch (error) {
    return (error as GoverseError & { details: { violations: string[] } }).details.violations;
  }
}

describe('AccessRules', () => {
  it('lets the first rule that fits decide', () => {
    const rules = compile([
      { type: 'Room', method: 'Close', allow: true, to: 'staff' },
      { type: 'Room', method: '/^(Close|Drop)$/', deny: true, to: 'clients' },
      { type: 'Room', allow: true, to: 'clients' },
      { deny: true, to: 'clients' },
    ] satisfies AccessRule[]);
    expect(ask(rules, ann, 'Room-a', 'Close')).toBe('allowed');
    expect(ask(rules, gus, 'Room-a', 'Close')).toBe('ACCESS_DENIED');
    expect(ask(rules, ann, 'Room-a', 'Drop')).toBe('ACCESS_DENIED');
    expect(ask(rules, undefined, 'Room-a', 'Say')).toBe('allowed');
    expect(ask(rules, undefined, 'Room-a')).toBe('allowed');
    expect(ask(rules, ann, 'Hall-a', 'Say')).toBe('ACCESS_DENIED');
  });

  it('allows what no rule is about, with an authenticator to known clients only', () => {
    expect(ask(compile([], false), undefined, 'Room-a', 'Say')).toBe('allowed');
    expect(ask(compile([]), gus, 'Room-a', 'Say')).toBe('allowed');
    expect(ask(compile([]), undefined, 'Room-a', 'Say')).toBe('UNAUTHENTICATED');
  });

  it('tells calls, creations, deletions and registrations apart', () => {
    const rules = compile([
      { type: 'Room', verb: ['create', 'delete'], allow: true, to: 'staff' },
      { type: 'Room', verb: ['create', 'delete'], deny: true, to: 'clients' },
      { verb: 'register', allow: true, to: 'clients' },
    ]);
    expect(ask(rules, ann, 'Room-a')).toBe('allowed');
    expect(ask(rules, gus, 'Room-a')).toBe('ACCESS_DENIED');
    expect(ask(rules, gus, 'Room-a', 'Say')).toBe('allowed');
    const registration = { verb: 'register', type: '', id: '', method: '' } as const;
    expect(outcome(rules, undefined, registration)).toBe('allowed');
    expect(outcome(compile([{ deny: true }]), gus, registration)).toBe('allowed');
    expect(outcome(compile([{ allow: true }]), undefined, registration)).toBe('UNAUTHENTICATED');
  });

  it('cannot be led around by placing an id', () => {
    const rules = compile([{ id: 'Room-secret', deny: true }, { id: 'Room-open', allow: true }, { deny: true }]);
    for (const id of ['Room-secret', 'shard#3/Room-secret', 'n:1/Room-secret'])
      expect(ask(rules, ann, id, 'Say')).toBe('ACCESS_DENIED');
    expect(ask(rules, ann, 'Room-open', 'Say')).toBe('allowed');
    expect(ask(rules, ann, 'shard#3/Room-open', 'Say')).toBe('ACCESS_DENIED');
  });

  it('is not slowed down by any expression and any text', () => {
    const rules = compile([
      { id: '/^(a+)+$/', deny: true },
      { method: '/(x*)*y/', deny: true },
    ]);
    const started = performance.now();
    for (let i = 0; i < 100; i++) ask(rules, ann, `${'a'.repeat(250)}!`, 'x'.repeat(128));
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('takes expressions without regard to case, and several roles', () => {
    const rules = compile([
      { method: '/^admin/i', deny: true },
      { allow: true, to: ['staff', 'owner'] },
      { deny: true },
    ]);
    expect(ask(rules, ann, 'Room-a', 'AdminDrop')).toBe('ACCESS_DENIED');
    expect(ask(rules, ann, 'Room-a', 'Say')).toBe('allowed');
    expect(ask(rules, gus, 'Room-a', 'Say')).toBe('ACCESS_DENIED');
  });
});

describe('rules that are not usable', () => {
  it.each([
    ['no mapping', 'allow all', /^access rule 1: a rule is a mapping/],
    ['an unknown field', { metod: 'Say', allow: true }, /no field metod; did you mean method\?/],
    ['neither allow nor deny', { type: 'Room' }, /either allow: true or deny: true/],
    ['both', { allow: true, deny: true }, /either allow: true or deny: true/],
    ['a word for allow', { allow: 'clients' }, /allow must be true/],
    ['an unknown verb', { verb: 'read', allow: true }, /verb is "read": allowed are call, create, delete, register/],
    ['an empty role', { allow: true, to: '' }, /to must be clients, authenticated/],
    ['a broken expression', { id: '/(/', deny: true }, /id \/\(\/ is no regular expression/],
    ['a look-behind', { id: '/(?<=a)b/', deny: true }, /is no regular expression/],
    ['a bad type name', { type: 'Chat Room', deny: true }, /can never fit: "Chat Room" is no type name/],
    ['a bad method name', { method: 'a/b', deny: true }, /can never fit: "a\/b" is no name of a method/],
    ['a too long id', { id: 'x'.repeat(256), deny: true }, /can never fit: ids have at most 255 bytes/],
    ['a creation with a method', { verb: 'create', method: 'Say', deny: true }, /can never fit: only calls/],
    ['a registration of a type', { verb: 'register', type: 'Room', deny: true }, /can never fit: a registration/],
  ])('%s', (_what, rule, message) => {
    expect(violations([rule])).toEqual([expect.stringMatching(message)]);
  });

  it.each<[string, AccessRule, AccessRule]>([
    ['everything', { deny: true }, { type: 'Room', method: 'Say', allow: true, to: 'staff' }],
    ['the same', { type: 'Room', allow: true }, { type: 'Room', allow: true }],
    ['an expression over its text', { method: '/^S/', deny: true }, { method: 'Say', allow: true }],
    ['known clients over a role', { allow: true, to: 'authenticated' }, { deny: true, to: 'staff' }],
    ['everything, said with an expression', { id: '/.*/', deny: true }, { id: '/^Room-/', allow: true }],
  ])('one that an earlier rule leaves nothing: %s', (_what, earlier, later) => {
    expect(violations([earlier, later])).toEqual([
      'access rule 2: it can never fit: access rule 1 comes first and fits all of it',
    ]);
  });

  it.each<[string, AccessRule, AccessRule]>([
    ['a narrower one', { type: 'Room', method: 'Say', deny: true }, { type: 'Room', allow: true }],
    ['another verb', { verb: 'create', deny: true }, { allow: true }],
    ['a role', { deny: true, to: 'staff' }, { allow: true, to: 'authenticated' }],
    ['one that allows before one that denies placed ids', { id: 'Room-a', allow: true }, { id: 'Room-a', deny: true }],
  ])('but not after %s', (_what, earlier, later) => {
    expect(violations([earlier, later])).toEqual([]);
  });

  it('one for known clients where nobody is known', () => {
    expect(violations([{ allow: true, to: 'staff' }], false)).toEqual([expect.stringMatching(/has no authenticator/)]);
    expect(violations([{ allow: true, to: ['staff', 'clients'] }], false)).toEqual([]);
  });

  it('are all named', () => {
    expect(violations([{ typ: 'a', deny: true }, { allow: true }, { id: '/[/', deny: true }])).toHaveLength(2);
  });
});
