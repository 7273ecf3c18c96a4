import { inwardError } from '../core/index.js';
import { invalidObjectClass } from '../decorators/index.js';
import type { ObjectDefinition } from './object-definition.js';

/** The object types of this process. */
export class ObjectRegistry {
  private readonly definitions = new Map<string, ObjectDefinition>();

  constructor(definitions: Iterable<ObjectDefinition>) {
    for (const definition of definitions) this.add(definition);
  }

  /** Type names, as other processes are told. */
  get types(): string[] {
    return [...this.definitions.keys()];
  }

  /** `<Type>.<Method>` of the methods that declare `idempotent`. */
  get idempotentMethods(): string[] {
    return [...this.definitions.values()].flatMap(({ type, methods }) =>
      [...methods.values()].filter(({ options }) => options.idempotent).map(({ name }) => `${type}.${name}`),
    );
  }

  find(type: string): ObjectDefinition | undefined {
    return this.definitions.get(type);
  }

  /** The definition of a type. Throws `UNKNOWN_TYPE` naming the known ones. */
  get(type: string): ObjectDefinition {
    const found = this.definitions.get(type);
    if (found) return found;
    const known = this.types.length > 0 ? `this node has ${this.types.join(', ')}` : 'this node has none';
    const unknown = `There is no object type ${type}`;
    throw inwardError('UNKNOWN_TYPE', `${unknown}; ${known}. List its class in providers of a module`, unknown);
  }

  private add(definition: ObjectDefinition): void {
    const other = this.definitions.get(definition.type);
    if (other) {
      throw invalidObjectClass(
        `${definition.cls.name} and ${other.cls.name} are both of the object type ${definition.type}; name one differently: @GoverseObject('OtherName')`,
      );
    }
    this.definitions.set(definition.type, definition);
  }
}
