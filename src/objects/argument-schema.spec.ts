import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsDate,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { argumentSchema } from './argument-schema.js';
import { instantiate } from './argument-transform.js';
import { violationsOf } from './argument-validation.js';

class Seat {
  @IsInt()
  @Min(1)
  row!: number;
}

class Join {
  @IsString()
  @Length(1, 20)
  name!: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(150)
  age?: number;

  @IsIn(['red', 'blue'])
  team!: string;

  @IsArray()
  @IsString({ each: true })
  tags!: string[];

  @ValidateNested()
  @Type(() => Seat)
  seat!: Seat;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Seat)
  others?: Seat[];
}

const good = { name: 'ann', team: 'red', tags: ['a'], seat: { row: 1 } };

const compiled = (cls: new () => object) => new Ajv2020({ strict: false }).compile(argumentSchema(cls)!);

describe('the schema of an argument', () => {
  it.each([
    ['a good argument', good],
    ['all there is', { ...good, age: 7, others: [{ row: 2 }] }],
    ['more than there is', { ...good, more: true }],
    ['a missing text', { ...good, name: undefined }],
    ['a text that is too long', { ...good, name: 'x'.repeat(21) }],
    ['a number for a text', { ...good, name: 5 }],
    ['a fraction', { ...good, age: 1.5 }],
    ['what is too much', { ...good, age: 151 }],
    ['none of the given', { ...good, team: 'green' }],
    ['a list with a number in it', { ...good, tags: [1] }],
    ['a nested object that is wrong', { ...good, seat: { row: 0 } }],
    ['a nested list that is wrong', { ...good, others: [{ row: 1 }, {}] }],
  ])('judges %s as class-validator does', (_what, argument) => {
    const plain = JSON.parse(JSON.stringify(argument)) as object;
    const violations = violationsOf(instantiate(Join, plain));
    expect(compiled(Join)(plain)).toBe(Array.isArray(violations) && violations.length === 0);
  });

  it('says what is optional', () => {
    const { $ref, $defs } = argumentSchema(Join) as { $ref: string; $defs: Record<string, { required: string[] }> };
    expect($ref).toBe('#/$defs/Join');
    expect($defs['Join']!.required.toSorted()).toEqual(['name', 'seat', 'tags', 'team']);
  });

  it('keeps two classes of one name apart', () => {
    const other = (() => {
      class Seat {
        @IsString()
        label!: string;
      }
      return Seat;
    })();
    class Both {
      @ValidateNested()
      @Type(() => Seat)
      a!: Seat;

      @ValidateNested()
      @Type(() => other)
      b!: object;
    }
    const validate = compiled(Both);
    expect(validate({ a: { row: 1 }, b: { label: 'x' } })).toBe(true);
    expect(validate({ a: { row: 1 }, b: { row: 1 } })).toBe(false);
    expect(validate({ a: { label: 'x' }, b: { label: 'x' } })).toBe(false);
  });

  it('ends for a class that holds itself', () => {
    class Tree {
      @IsString()
      name!: string;

      @IsArray()
      @ValidateNested({ each: true })
      @Type(() => Tree)
      children!: Tree[];
    }
    const validate = compiled(Tree);
    expect(validate({ name: 'a', children: [{ name: 'b', children: [] }] })).toBe(true);
    expect(validate({ name: 'a', children: [{ name: 'b', children: [{}] }] })).toBe(false);
  });

  it('has what a subclass inherits', () => {
    class Named extends Seat {
      @IsString()
      name!: string;
    }
    const validate = compiled(Named);
    expect(validate({ row: 1, name: 'a' })).toBe(true);
    expect(validate({ name: 'a' })).toBe(false);
    expect(validate({ row: 1 })).toBe(false);
  });

  it('is one of 2020-12 whatever the decorators', () => {
    class Many {
      @IsPositive()
      a!: number;

      @IsEmail()
      b!: string;

      @Matches(/^[a-z]+$/)
      c!: string;

      @IsBoolean()
      d!: boolean;

      @IsDate()
      e!: Date;

      @IsNumber()
      f!: number;

      @MaxLength(3)
      g!: string;
    }
    expect(new Ajv2020({ strict: false }).validateSchema(argumentSchema(Many)!)).toBe(true);
    const { $defs } = argumentSchema(Many) as { $defs: Record<string, { properties: object }> };
    expect(Object.keys($defs['Many']!.properties)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('knows built-in types, an object without rules, and nothing of interfaces', () => {
    class Plain {}
    expect(argumentSchema(String)).toEqual({ type: 'string' });
    expect(argumentSchema(Number)).toEqual({ type: 'number' });
    expect(argumentSchema(Plain)).toEqual({ $ref: '#/$defs/Plain', $defs: { Plain: { type: 'object' } } });
    expect(argumentSchema(Object)).toBeUndefined();
    expect(argumentSchema(undefined)).toBeUndefined();
  });
});
