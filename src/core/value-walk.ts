import { types } from 'node:util';
import { goverseError, GoverseError } from './errors.js';

/** What a value is for: decides the error when it cannot travel. */
export type ValueRole = 'argument' | 'result' | 'message';

/** Deepest nesting of a value, in both directions: no payload may exhaust the stack. */
export const MAX_VALUE_DEPTH = 256;

/** Longer paths are cut in errors. */
const MAX_SHOWN_KEYS = 12;

/** One way to represent values; `ValueWalk` visits, a form says what becomes of each kind of part. */
export interface ValueForm {
  /** What the form is called in errors, e.g. `JSON`. */
  readonly name: string;
  string(value: string): unknown;
  number(value: number, walk: ValueWalk): unknown;
  bigint(value: bigint, walk: ValueWalk): unknown;
  date(value: Date, walk: ValueWalk): unknown;
  /** `entries`, `values` and `cause` visit the parts and return them in this form. */
  map(entries: () => [unknown, unknown][], walk: ValueWalk): unknown;
  set(values: () => unknown[], walk: ValueWalk): unknown;
  /** Typed arrays, `DataView` and `ArrayBuffer`. */
  binary(value: ArrayBufferView | ArrayBuffer, walk: ValueWalk): unknown;
  error(error: Error, cause: () => unknown, walk: ValueWalk): unknown;
  regExp(value: RegExp, walk: ValueWalk): unknown;
  /** True if `undefined` properties are left out. */
  readonly dropsUndefined: boolean;
  /** The finished copy of a plain object or of a class instance. */
  object(copy: Record<string, unknown>): unknown;
  /** Lets a value through untouched, with everything in it. */
  passes?(value: object): boolean;
}

/**
 * Visits a value depth first and builds its representation in a form. Knows what no form can hold: functions, symbols,
 * promises, weak collections, shared memory, cycles. Every refusal names the path, e.g. `members[2].joinedAt`.
 */
export class ValueWalk {
  /** The way to the part at hand; undefined where an object is visited itself. */
  private readonly keys: (string | number | undefined)[] = [];
  private readonly parents: object[] = [];
  private depth = 0;

  constructor(
    private readonly form: ValueForm,
    private readonly role: ValueRole,
  ) {}

  run(value: unknown): unknown {
    try {
      return this.visit(value);
    } catch (error) {
      if (error instanceof GoverseError) throw error;
      // A throwing getter or proxy, or a detached buffer: still a fact about this value.
      throw this.failure(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  }

  /** The error that refuses the part at hand. */
  refuse(what: string): GoverseError {
    return this.failure(`is ${what}, which ${this.form.name} cannot hold`);
  }

  private visit(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.form.string(value);
      case 'number':
        return this.form.number(value, this);
      case 'bigint':
        return this.form.bigint(value, this);
      case 'boolean':
      case 'undefined':
        return value;
      case 'function':
        throw this.refuse(value.name ? `the function ${value.name}` : 'a function');
      case 'symbol':
        throw this.refuse('a symbol');
      default:
        return value === null ? null : this.visitObject(value as object);
    }
  }

  private visitObject(value: object): unknown {
    if (this.form.passes?.(value)) return value;
    if (this.depth >= MAX_VALUE_DEPTH) throw this.tooDeep(value);
    this.parents[this.depth] = value;
    this.keys[this.depth++] = undefined;
    const result = this.open(value);
    this.depth--;
    return result;
  }

  private open(value: object): unknown {
    if (Array.isArray(value)) return this.elements(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.properties(value);
    return this.openSpecial(value);
  }

  private openSpecial(value: object): unknown {
    const { form } = this;
    if (types.isDate(value)) return form.date(value, this);
    if (types.isMap(value)) return form.map(() => this.entries(value), this);
    if (types.isSet(value)) return form.set(() => this.elements([...value]), this);
    if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return form.binary(value, this);
    if (types.isNativeError(value)) return form.error(value, () => this.part('cause', value.cause), this);
    if (types.isRegExp(value)) return form.regExp(value, this);
    if (types.isBoxedPrimitive(value)) return this.visit(value.valueOf());
    this.refuseOpaque(value);
    return this.properties(value);
  }

  private refuseOpaque(value: object): void {
    if (types.isPromise(value)) throw this.refuse('a promise (an `await` is missing)');
    if (types.isWeakMap(value) || types.isWeakSet(value)) throw this.refuse('a weak collection');
    if (types.isSharedArrayBuffer(value)) throw this.refuse('shared memory');
  }

  private elements(values: readonly unknown[]): unknown[] {
    const copy: unknown[] = [];
    for (let i = 0; i < values.length; i++) copy.push(this.part(i, values[i]));
    return copy;
  }

  private entries(map: ReadonlyMap<unknown, unknown>): [unknown, unknown][] {
    const copy: [unknown, unknown][] = [];
    for (const [key, value] of map) {
      const label = typeof key === 'string' || typeof key === 'number' ? key : `entry ${copy.length}`;
      copy.push([this.part(label, key), this.part(label, value)]);
    }
    return copy;
  }

  private properties(value: object): unknown {
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      this.keys[this.depth - 1] = key; // before the read: a getter may throw
      const part = this.visit((value as Record<string, unknown>)[key]);
      if (part === undefined && this.form.dropsUndefined) continue;
      setOwn(copy, key, part);
    }
    return this.form.object(copy);
  }

  private part(key: string | number, value: unknown): unknown {
    this.keys[this.depth - 1] = key;
    return this.visit(value);
  }

  private tooDeep(value: object): GoverseError {
    if (this.parents.includes(value)) return this.failure('leads back to an object that contains it (a cycle)');
    return this.failure(`is nested deeper than ${MAX_VALUE_DEPTH} levels`);
  }

  private failure(what: string, cause?: unknown): GoverseError {
    const path = this.path();
    const subject = path === '' ? `The ${this.role}` : `The ${this.role}'s ${path}`;
    const reason = this.role === 'result' ? 'RESULT_NOT_ENCODABLE' : 'INVALID_ARGUMENT';
    return goverseError(reason, `${subject} ${what}; pass plain data instead`, { details: { path }, cause });
  }

  private path(): string {
    const keys = this.keys.slice(0, this.depth).filter((key) => key !== undefined);
    const text = keys.slice(0, MAX_SHOWN_KEYS).map((key) => (typeof key === 'number' ? `[${key}]` : property(key)));
    return text.join('').replace(/^\./, '') + (keys.length > MAX_SHOWN_KEYS ? '...' : '');
  }
}

/** Sets an own property also where the key is `__proto__`. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}

/** True if a value is nested deeper than what `ValueWalk` would build. */
export function isTooDeep(value: unknown, levels: number = MAX_VALUE_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (value instanceof Map) return [...value].some((entry) => entry.some((part) => isTooDeep(part, levels - 1)));
  if (value instanceof Set) return [...value].some((part) => isTooDeep(part, levels - 1));
  if (ArrayBuffer.isView(value)) return false;
  return Object.values(value).some((part) => isTooDeep(part, levels - 1));
}

function property(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
