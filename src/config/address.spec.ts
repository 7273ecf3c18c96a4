import { describe, expect, it } from 'vitest';
import { isLoopback, isUnspecified, parseAddress } from './address.js';

describe('addresses', () => {
  it.each([
    ['127.0.0.1:47000', { host: '127.0.0.1', port: 47000 }],
    ['node-1:0', { host: 'node-1', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['node-1', undefined],
    ['::1:80', undefined],
    [':80', undefined],
    ['a:65536', undefined],
    ['http://a:80', undefined],
    ['a b:80', undefined],
    ['', undefined],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it('know what only this machine can reach', () => {
    for (const text of ['127.0.0.1:1', '127.8.9.1:1', 'localhost:1', '[::1]:1'])
      expect(isLoopback(parseAddress(text)!), text).toBe(true);
    for (const text of ['0.0.0.0:1', '10.0.0.1:1', '127.example.com:1', '[::]:1', 'host:1'])
      expect(isLoopback(parseAddress(text)!), text).toBe(false);
  });

  it('know what stands for every interface', () => {
    for (const text of ['0.0.0.0:1', '[::]:1', '[0:0:0:0:0:0:0:0]:1'])
      expect(isUnspecified(parseAddress(text)!), text).toBe(true);
    for (const text of ['127.0.0.1:1', '[::1]:1', 'host:1'])
      expect(isUnspecified(parseAddress(text)!), text).toBe(false);
  });
});
