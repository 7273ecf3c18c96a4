import { describe, expect, it } from 'vitest';
import { OriginPolicy } from './origin-policy.js';

const denied = expect.objectContaining({ reason: 'ACCESS_DENIED' });

describe('OriginPolicy', () => {
  it('lets requests of no page and of the own origin pass', () => {
    const policy = new OriginPolicy([]);
    expect(policy.headersFor(undefined, 'chat.example')).toEqual({});
    expect(policy.headersFor('https://chat.example', 'chat.example')).toEqual({});
    expect(policy.headersFor('https://CHAT.example:443', 'chat.example')).toEqual({});
    expect(policy.headersFor('http://[::1]:8080', '[::1]:8080')).toEqual({});
  });

  it.each([
    ['https://evil.example', 'chat.example'],
    ['https://chat.example:444', 'chat.example'],
    ['https://chat.example.evil.example', 'chat.example'],
    ['null', 'chat.example'],
    ['file://', 'chat.example'],
    ['https://chat.example', undefined],
    ['chat.example', 'chat.example'],
    ['https://user@chat.example', 'chat.example/@evil'],
  ])('refuses %s at the host %s', (origin, host) => {
    expect(() => new OriginPolicy([]).headersFor(origin, host)).toThrow(denied);
  });

  it('takes listed origins by their whole name', () => {
    const policy = new OriginPolicy(['https://chat.example/', 'http://localhost:3000']);
    expect(policy.headersFor('https://chat.example', 'gate')).toMatchObject({
      'access-control-allow-origin': 'https://chat.example',
      vary: 'origin',
    });
    expect(policy.headersFor('http://localhost:3000', 'gate')).toBeTruthy();
    expect(() => policy.headersFor('http://chat.example', 'gate')).toThrow(denied);
    expect(() => policy.headersFor('http://localhost:3001', 'gate')).toThrow(denied);
  });

  it('never combines everybody with credentials', () => {
    expect(new OriginPolicy('*').headersFor('https://any.example', 'gate')).not.toHaveProperty(
      'access-control-allow-credentials',
    );
  });
});
