import { describe, expect, it } from 'vitest';
import { ClientTokens, tokenKeyOf } from './client-tokens.js';

const ID = 'gate-1:49000/abcdefghijklmnopqrst';
const ann = { userId: 'ann', roles: ['user'] };

function sharing(secret: string): ClientTokens {
  const tokens = new ClientTokens();
  tokens.share(tokenKeyOf(secret));
  return tokens;
}

describe('ClientTokens', () => {
  it('reads its own tokens, and no two are the same', () => {
    const tokens = new ClientTokens();
    const token = tokens.issue(ID, ann);
    expect(token).toMatch(/^[\w-]+$/);
    expect(tokens.read(token, { userId: 'ann', roles: [] })).toEqual({ clientId: ID, token });
    expect(tokens.issue(ID, ann)).not.toBe(token);
  });

  it('reads the tokens of every gate with the same key, and of no other', () => {
    const token = sharing('a secret').issue(ID, undefined);
    expect(sharing('a secret').read(token, undefined)?.clientId).toBe(ID);
    expect(sharing('another').read(token, undefined)).toBeUndefined();
    expect(new ClientTokens().read(token, undefined)).toBeUndefined();
  });

  it('reads those that were made before the key was shared', () => {
    const tokens = new ClientTokens();
    const token = tokens.issue(ID, undefined);
    tokens.share(tokenKeyOf('a secret'));
    expect(tokens.read(token, undefined)?.clientId).toBe(ID);
  });

  it.each([
    ['somebody else', ann, { userId: 'bob', roles: [] }],
    ['nobody', ann, undefined],
    ['somebody instead of nobody', undefined, ann],
    ['somebody called anonymous', undefined, { userId: 'anonymous', roles: [] }],
  ])('refuses a token that %s presents', (_who, owner, presenter) => {
    const tokens = new ClientTokens();
    const token = tokens.issue(ID, owner);
    expect(() => tokens.read(token, presenter)).toThrow(expect.objectContaining({ reason: 'CLIENT_ID_NOT_YOURS' }));
  });

  it('reads no token that has been changed anywhere', () => {
    const tokens = new ClientTokens();
    const token = tokens.issue(ID, undefined);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(tokens.read(token.slice(0, at) + other + token.slice(at + 1), undefined)).toBeUndefined();
    }
    for (const text of ['', ' ', 'x', `${token}=`, ` ${token}`, `${token}x`, token.slice(1), '🙂'.repeat(50)])
      expect(tokens.read(text, undefined)).toBeUndefined();
  });
});
