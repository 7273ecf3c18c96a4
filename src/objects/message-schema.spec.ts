import { Ajv2020 } from 'ajv/dist/2020.js';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { messageSchema } from './message-schema.js';

const root = protobuf.parse(`
  syntax = "proto3";
  package shop;
  enum Size { SMALL = 0; LARGE = 1; }
  message Item { string name = 1; Size size = 2; Item wrapped = 3; }
  message Order {
    repeated Item items = 1; map<string, int32> counts = 2; int64 total = 3; bytes seal = 4; bool paid = 5; double rate = 6;
  }
`).root;
root.resolveAll();

describe('the schema of a protobuf message', () => {
  const schema = messageSchema(root.lookupType('shop.Order'));
  const validate = new Ajv2020({ strict: false }).compile(schema);

  it('takes its JSON form', () => {
    expect(
      validate({
        items: [{ name: 'a', size: 'LARGE', wrapped: { name: 'b' } }],
        counts: { a: 1 },
        total: '9007199254740993',
        seal: 'AAE=',
        paid: true,
        rate: 0.5,
      }),
    ).toBe(true);
    expect(validate({})).toBe(true);
  });

  it.each([
    [{ items: {} }],
    [{ items: [{ size: 'HUGE' }] }],
    [{ items: [{ wrapped: { name: 5 } }] }],
    [{ counts: { a: 'x' } }],
    [{ paid: 'yes' }],
  ])('refuses %j', (wrong) => {
    expect(validate(wrong)).toBe(false);
  });
});
