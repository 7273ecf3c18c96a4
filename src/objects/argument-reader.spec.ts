import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested, registerDecorator } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { MessageRegistry, PayloadCodec, encodeJson, type Payload } from '../core/index.js';
import { ArgumentReader, PendingArgument } from './argument-reader.js';

class Item {
  @IsString()
  name!: string;
}

class Order {
  @IsInt()
  count!: number;

  @ValidateNested({ each: true })
  @Type(() => Item)
  items: Item[] = [];
}

class Loose {
  data?: unknown;

  size(): number {
    return Object.keys(this).length;
  }
}

class Slow {
  @(((target: object, propertyName: string) =>
    registerDecorator({
      name: 'isFree',
      async: true,
      target: target.constructor,
      propertyName,
      validator: { validate: async (value) => value === 'free', defaultMessage: () => 'name is taken' },
    })) as PropertyDecorator)
  name!: string;
}

const codec = new PayloadCodec(MessageRegistry.load([]));
const reader = (declared: unknown): ArgumentReader =>
  new ArgumentReader({ where: 'Shop.order', declared: declared as never, message: undefined }, codec);
const json = (value: unknown): Payload => ({ kind: 'json', bytes: encodeJson(value, 'argument') });

describe('an argument of a class with validators', () => {
  it('becomes an instance, nested ones too, without what its class does not declare', () => {
    const read = reader(Order).read(json({ count: 1, items: [{ name: 'pen', extra: 1 }], extra: 1 }), true) as Order;
    expect(read).toBeInstanceOf(Order);
    expect(read.items[0]).toBeInstanceOf(Item);
    expect(read).toEqual({ count: 1, items: [{ name: 'pen' }] });
  });

  it('is refused naming each property', () => {
    const read = (): unknown => reader(Order).read(json({ count: '1', items: [{ name: 'a' }, { name: 2 }] }), false);
    expect(read).toThrowError(
      expect.objectContaining({
        reason: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/Shop\.order.*Order.*count \(.*items\[1\]\.name \(/),
        details: {
          violations: [
            { property: 'count', constraints: { isInt: expect.any(String) } },
            { property: 'items[1].name', constraints: { isString: expect.any(String) } },
          ],
        },
      }),
    );
  });

  it.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [7, 'a number'],
    ['x', 'a string'],
    [[], 'an array'],
    [new Date(), 'a Date'],
  ])('is refused when it is %o', (value, what) => {
    expect(() => reader(Order).read({ kind: 'value', value }, false)).toThrowError(
      expect.objectContaining({
        reason: 'INVALID_ARGUMENT',
        message: `Shop.order expects an object (Order), not ${what}`,
      }),
    );
  });

  it('is not validated again between objects when it was an instance, and always for clients', () => {
    const payload: Payload = { kind: 'value', value: { count: 'no' }, className: 'Order' };
    expect(reader(Order).read(payload, false)).toBeInstanceOf(Order);
    expect(() => reader(Order).read(payload, true)).toThrowError(
      expect.objectContaining({ reason: 'INVALID_ARGUMENT' }),
    );
    expect(() => reader(Order).read({ ...payload, className: 'Other' }, false)).toThrowError();
    const own = Object.assign(new Order(), { count: 'no' });
    expect(reader(Order).read({ kind: 'value', value: own }, false)).toBe(own);
  });

  it('cannot reach the prototype', () => {
    const bytes = new TextEncoder().encode(
      '{"count":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    const read = reader(Order).read({ kind: 'json', bytes }, true) as Record<string, unknown>;
    expect(read['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(read.constructor).toBe(Order);
  });

  it('waits for validators that answer later', async () => {
    const good = reader(Slow).read(json({ name: 'free' }), true);
    expect(good).toBeInstanceOf(PendingArgument);
    expect(await (good as PendingArgument).value).toBeInstanceOf(Slow);
    const bad = reader(Slow).read(json({ name: 'ann' }), true) as PendingArgument;
    await expect(bad.value).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      message: expect.stringContaining('name is taken'),
    });
  });
});

describe('an argument of another type', () => {
  it('becomes an instance of a class without validators', () => {
    const read = reader(Loose).read(json({ data: 1, more: 2 }), true) as Loose;
    expect(read).toBeInstanceOf(Loose);
    expect(read.size()).toBe(2);
    expect(reader(Loose).read(json(null), true)).toBeNull();
  });

  it('keeps what structuredClone keeps', () => {
    const data = {
      when: new Date(5),
      map: new Map([['constructor', 1]]),
      set: new Set([1]),
      bytes: new Uint8Array([1, 2]),
      big: 5n,
      re: /x/g,
      none: undefined,
    };
    const read = reader(Loose).read({ kind: 'value', value: { data, list: [new Map([[1, 2]])] } }, false);
    expect(read).toEqual({ data, list: [new Map([[1, 2]])] });
  });

  it.each([Object, String, Number, Array, Map, Date, undefined])('is left alone where %o is declared', (declared) => {
    expect(reader(declared).read(json({ a: 1 }), true)).toEqual({ a: 1 });
  });
});
