import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import type * as transformerStorage from 'class-transformer/types/storage.js';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { isValidated } from './argument-validation.js';

const { defaultMetadataStorage } = createRequire(import.meta.url)(
  'class-transformer/cjs/storage.js',
) as typeof transformerStorage;

/** A JSON Schema (2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

const OF_BUILTINS = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Array, { type: 'array', items: {} }],
  [Date, { type: 'string', format: 'date-time' }],
]);

/**
 * The schema of an argument's declared type, as class-validator's and class-transformer's decorators on it say; the classes
 * are in `$defs`. Undefined when nothing is declared (interfaces, `unknown`).
 */
export function argumentSchema(declared: Type<unknown> | undefined): JsonSchema | undefined {
  if (declared === undefined || declared === (Object as unknown)) return undefined;
  return OF_BUILTINS.get(declared) ?? new ClassSchemas().document(declared);
}

/** The schemas of a class and of those it holds, each under a name of its own. */
class ClassSchemas {
  private readonly names = new Map<Type<unknown>, string>();
  private readonly schemas: Record<string, JsonSchema> = {};

  document(cls: Type<unknown>): JsonSchema {
    return { ...this.reference(cls), $defs: this.schemas };
  }

  private reference(cls: Type<unknown>): JsonSchema {
    const known = this.names.get(cls);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const name = this.freeName(cls.name || 'Anonymous');
    this.names.set(cls, name);
    this.schemas[name] = {};
    this.schemas[name] = isValidated(cls) ? this.ofClass(cls) : { type: 'object' };
    return { $ref: `#/$defs/${name}` };
  }

  private ofClass(cls: Type<unknown>): JsonSchema {
    return targetConstructorToSchema(cls, {
      classValidatorMetadataStorage: getMetadataStorage(),
      classTransformerMetadataStorage: defaultMetadataStorage,
      additionalConverters: {
        // By the class itself, not by its name: two classes may have the same.
        [ValidationTypes.NESTED_VALIDATION]: (meta) => this.nested(meta),
        [ValidationTypes.CUSTOM_VALIDATION]: (meta) => OF_BUILTINS.get(designType(meta)) ?? {},
      },
    }) as JsonSchema;
  }

  private nested(meta: ValidationMetadata): JsonSchema {
    const design = designType(meta);
    const typed = defaultMetadataStorage.findTypeMetadata(meta.target as Type<unknown>, meta.propertyName);
    const cls = (typed?.typeFunction() ?? design) as Type<unknown> | undefined;
    const schema = cls === undefined || OF_BUILTINS.has(cls) ? {} : this.reference(cls);
    return design === Array && !meta.each ? { type: 'array', items: schema } : schema;
  }

  private freeName(name: string): string {
    if (!(name in this.schemas)) return name;
    for (let n = 2; ; n++) if (!(`${name}${n}` in this.schemas)) return `${name}${n}`;
  }
}

/** The type the compiler wrote for a property. */
function designType({ target, propertyName }: ValidationMetadata): unknown {
  return typeof target === 'function'
    ? Reflect.getMetadata('design:type', target.prototype as object, propertyName)
    : undefined;
}
