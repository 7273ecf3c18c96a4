import { describe, expect, it } from 'vitest';
import { GoverseError } from '../../core/index.js';
import { formatAddress, parseListenAddress } from './listen-address.js';

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:2379', { host: '127.0.0.1', port: 2379 }],
    ['127.8.0.1:1', { host: '127.8.0.1', port: 1 }],
    ['localhost:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
  ])('takes %s', (listen, address) => {
    expect(parseListenAddress(listen)).toEqual(address);
  });

  it.each(['0.0.0.0:2379', '10.0.0.7:2379', '[::]:2379', 'etcd.example:2379', '127.0.0.1.evil.example:1'])(
    'refuses %s, which others can reach, naming it and the remedy',
    (listen) => {
      expect(() => parseListenAddress(listen)).toThrow(GoverseError);
      expect(() => parseListenAddress(listen)).toThrow(listen);
      expect(() => parseListenAddress(listen)).toThrow('run a real etcd');
    },
  );

  it.each(['', '2379', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:x', '::1:80'])(
    'refuses %j, which is no address',
    (listen) => {
      expect(() => parseListenAddress(listen)).toThrow('give host:port');
    },
  );

  it('writes IPv6 hosts in brackets', () => {
    expect(formatAddress({ host: '::1', port: 5 })).toBe('[::1]:5');
    expect(formatAddress({ host: '127.0.0.1', port: 5 })).toBe('127.0.0.1:5');
  });
});
