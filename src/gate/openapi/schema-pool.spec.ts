import { describe, expect, it } from 'vitest';
import { SchemaPool } from './schema-pool.js';

const of = (root: string, $defs: object) => JSON.stringify({ $ref: `#/$defs/${root}`, $defs });

describe('SchemaPool', () => {
  it('shares definitions that are alike, and numbers different ones of the same name', () => {
    const pool = new SchemaPool();
    const first = { Join: { properties: { seat: { $ref: '#/$defs/Seat' } } }, Seat: { type: 'integer' } };
    const second = { Join: { properties: { seat: { $ref: '#/$defs/Seat' } } }, Seat: { type: 'string' } };
    expect(pool.add(of('Join', first))).toEqual({ $ref: '#/components/schemas/Join' });
    expect(pool.add(of('Join', first))).toEqual({ $ref: '#/components/schemas/Join' });
    expect(pool.add(of('Join', second))).toEqual({ $ref: '#/components/schemas/Join_2' });
    expect(pool.schemas).toEqual({
      Join: { properties: { seat: { $ref: '#/components/schemas/Seat' } } },
      Seat: { type: 'integer' },
      Join_2: { properties: { seat: { $ref: '#/components/schemas/Seat_2' } } },
      Seat_2: { type: 'string' },
    });
  });

  it('takes names that a document may not have', () => {
    const pool = new SchemaPool();
    expect(pool.add(of('Größe $', { 'Größe $': {} }))).toEqual({ $ref: '#/components/schemas/Gr__e__' });
  });

  it('has nothing to say of what is not declared', () => {
    expect(new SchemaPool().add('')).toEqual({});
    expect(new SchemaPool().add('{"type":"string"}')).toEqual({ type: 'string' });
  });
});
