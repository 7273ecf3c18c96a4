import { describe, expect, it } from 'vitest';
import { clientIdOf, parseClientId } from './client-id.js';
import { hasReason } from './errors.js';

describe('parseClientId', () => {
  it('splits at the first slash', () => {
    expect(parseClientId('gate-1:49000/AZGvL8S3gAABj2nMZzE_')).toEqual({
      gateAddress: 'gate-1:49000',
      uniqueId: 'AZGvL8S3gAABj2nMZzE_',
    });
    expect(parseClientId('[::1]:49000/a').gateAddress).toBe('[::1]:49000');
  });

  it('reads what clientIdOf builds', () => {
    expect(parseClientId(clientIdOf('10.0.0.7:49000', 'x-1'))).toEqual({
      gateAddress: '10.0.0.7:49000',
      uniqueId: 'x-1',
    });
  });

  it.each([
    '',
    'noslash',
    '/x',
    'gate/x',
    'gate:0/x',
    'gate:70000/x',
    'gate:49000/',
    'gate:49000/a/b',
    'gate:49000/a b',
    `gate:49000/${'x'.repeat(65)}`,
    'gate:49000/ü',
    'y'.repeat(100_000),
  ])('refuses %j', (id) => {
    let thrown: unknown;
    try {
      parseClientId(id);
    } catch (error) {
      thrown = error;
    }
    expect(hasReason(thrown, 'INVALID_CLIENT_ID')).toBe(true);
    expect((thrown as Error).message.length).toBeLessThan(400);
  });
});
