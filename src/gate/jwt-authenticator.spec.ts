import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { JwtOptions } from '../config/index.js';
import { JwtAuthenticator } from './jwt-authenticator.js';

const SECRET = 'a secret of at least thirty-two bytes';
const key = new TextEncoder().encode(SECRET);

const token = (claims: Record<string, unknown> = {}, algorithm = 'HS256') =>
  new SignJWT({ sub: 'ann', roles: ['staff'], ...claims }).setProtectedHeader({ alg: algorithm });

const ask = (options: JwtOptions, jwt: string, scheme = 'Bearer') =>
  new JwtAuthenticator(options).authenticate({ authorization: `${scheme} ${jwt}`, headers: {} });

describe('JwtAuthenticator', () => {
  it('reads user and roles of a token', async () => {
    expect(await ask({ secret: SECRET }, await token().sign(key))).toEqual({ userId: 'ann', roles: ['staff'] });
    expect(await ask({ secret: SECRET }, await token().sign(key), 'bearer')).toMatchObject({ userId: 'ann' });
  });

  it.each<[string, JwtOptions, Record<string, unknown>, unknown]>([
    ['a list', { rolesClaim: 'groups' }, { groups: ['a', 5, 'b'] }, ['a', 'b']],
    ['a text', { rolesClaim: 'scope' }, { scope: 'read  write' }, ['read', 'write']],
    ['a path', { rolesClaim: 'realm_access.roles' }, { realm_access: { roles: ['x'] } }, ['x']],
    ['a URL', { rolesClaim: 'https://a.example/roles' }, { 'https://a.example/roles': ['y'] }, ['y']],
    ['nothing', { rolesClaim: 'none' }, {}, []],
    ['what every object has', { rolesClaim: 'constructor.name' }, {}, []],
  ])('finds roles in %s', async (_what, options, claims, roles) => {
    const jwt = await token(claims).sign(key);
    expect(await ask({ secret: SECRET, ...options }, jwt)).toEqual({ userId: 'ann', roles });
  });

  it('takes the user from the claim it is told', async () => {
    const jwt = await token({ email: 'ann@a.example' }).sign(key);
    expect(await ask({ secret: SECRET, userIdClaim: 'email' }, jwt)).toMatchObject({ userId: 'ann@a.example' });
    expect(await ask({ secret: SECRET, userIdClaim: 'name' }, jwt)).toBeNull();
  });

  it.each<[string, JwtOptions, () => Promise<string> | string]>([
    ['of another secret', {}, () => token().sign(new TextEncoder().encode('another secret of thirty-two bytes!'))],
    ['without a signature', {}, () => new UnsecuredJWT({ sub: 'ann' }).encode()],
    ['of another algorithm', { algorithms: ['HS512'] }, () => token().sign(key)],
    ['of another issuer', { issuer: 'https://a.example' }, () => token().setIssuer('https://b.example').sign(key)],
    ['without the issuer', { issuer: 'https://a.example' }, () => token().sign(key)],
    ['for somebody else', { audience: 'chat' }, () => token().setAudience('mail').sign(key)],
    ['that is not valid yet', {}, () => token().setNotBefore('1h').sign(key)],
    ['that is none', {}, () => 'a.b.c'],
    ['that is long', {}, () => 'a'.repeat(100_000)],
  ])('does not know the sender of a token %s', async (_what, options, jwt) => {
    expect(await ask({ secret: SECRET, ...options }, await jwt())).toBeNull();
  });

  it('tells the sender of an old token, within the tolerance of clocks', async () => {
    const old = await token()
      .setExpirationTime(new Date(Date.now() - 30_000))
      .sign(key);
    await expect(ask({ secret: SECRET }, old)).rejects.toMatchObject({
      reason: 'UNAUTHENTICATED',
      message: 'The token has expired; get a new one',
    });
    expect(await ask({ secret: SECRET, clockToleranceSeconds: 60 }, old)).toMatchObject({ userId: 'ann' });
  });

  it('knows nobody without a token', async () => {
    const authenticator = new JwtAuthenticator({ secret: SECRET });
    for (const authorization of [undefined, '', 'Basic YTpi', 'Bearer', 'Bearer  '])
      expect(await authenticator.authenticate({ authorization, headers: {} })).toBeNull();
  });

  it('refuses options that are not usable', () => {
    expect(() => new JwtAuthenticator({})).toThrow(/jwt needs one of jwt.secret, jwt.jwksUrl, jwt.jwks/);
    expect(() => new JwtAuthenticator({ secret: 'short' })).toThrow(/jwt.secret is not usable/);
    expect(() => new JwtAuthenticator({ secret: SECRET, jwksUrl: 'https://a.example' })).toThrow(/not jwt.secret and/);
    expect(() => new JwtAuthenticator({ secret: SECRET, algorithms: ['RS256'] })).toThrow(
      /does not go with jwt.secret/,
    );
    expect(() => new JwtAuthenticator({ jwks: { keys: [] }, algorithms: ['HS256'] })).toThrow(
      /does not go with jwt.jwks/,
    );
    expect(() => new JwtAuthenticator({ secret: SECRET, algorithms: ['none'] })).toThrow(/jwt.algorithms is/);
    expect(() => new JwtAuthenticator({ jwksUrl: 'http://a.example/keys' })).toThrow(/jwt.jwksUrl is/);
    expect(() => new JwtAuthenticator({ jwks: '/nowhere.json' })).toThrow(/jwt.jwks is no JSON Web Key Set/);
  });
});

describe('JwtAuthenticator with published keys', () => {
  const server = createServer();
  afterEach(() => server.close());

  const publish = async (answer: () => string | undefined): Promise<string> => {
    server.removeAllListeners('request').on('request', (_request, response) => {
      const body = answer();
      response.writeHead(body === undefined ? 500 : 200, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  };

  it('checks tokens by them, and never takes a public key for a secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' };
    const jwksUrl = await publish(() => JSON.stringify({ keys: [jwk] }));
    const signed = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: 'ES256', kid: '1' }).sign(privateKey);
    for (const options of [{ jwksUrl }, { jwks: { keys: [jwk] } }])
      expect(await ask(options, signed)).toEqual({ userId: 'ann', roles: [] });
    const confused = await new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg: 'HS256', kid: '1' })
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    const unknown = await generateKeyPair('ES256');
    const foreign = await new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg: 'ES256', kid: '2' })
      .sign(unknown.privateKey);
    for (const jwt of [confused, foreign]) expect(await ask({ jwksUrl }, jwt)).toBeNull();
  });

  it('does not blame a client when the keys cannot be had', async () => {
    const jwksUrl = await publish(() => undefined);
    const { privateKey } = await generateKeyPair('ES256');
    const jwt = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    await expect(ask({ jwksUrl }, jwt)).rejects.toMatchObject({ reason: 'NOT_READY', retryable: true });
    await expect(ask({ jwksUrl: 'http://127.0.0.1:1/keys' }, jwt)).rejects.toMatchObject({ reason: 'NOT_READY' });
  });
});
