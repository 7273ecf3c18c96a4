import type { GoverseObjectOptions } from './goverse-object-options.js';
import type { MethodOptions } from './method-options.js';

const OBJECT_OPTIONS = Symbol('goverse:object');
const METHODS = Symbol('goverse:methods');

type Callable = (...args: never[]) => unknown;

/** What one `@Method` wrote. */
export interface MethodDeclaration {
  readonly propertyKey: string | symbol;
  readonly options: MethodOptions;
  /** `method`, or what `@Method` was wrongly put on. */
  readonly kind: 'method' | 'static' | 'accessor' | 'property';
}

export function writeObjectOptions(target: object, options: GoverseObjectOptions): void {
  Reflect.defineMetadata(OBJECT_OPTIONS, { ...options }, target);
}

export function addMethodDeclaration(
  target: object,
  propertyKey: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  options: MethodOptions,
): void {
  const owner = typeof target === 'function' ? target : target.constructor;
  const own = (Reflect.getOwnMetadata(METHODS, owner) ?? []) as MethodDeclaration[];
  const declaration = { propertyKey, options: { ...options }, kind: kindOf(target, descriptor) };
  Reflect.defineMetadata(METHODS, [...own, declaration], owner);
}

/** Options of the class itself; a subclass is an object only if it is decorated itself. */
export function readObjectOptions(cls: object): GoverseObjectOptions | undefined {
  return Reflect.getOwnMetadata(OBJECT_OPTIONS, cls) as GoverseObjectOptions | undefined;
}

/** The methods of a class and of the classes it extends; the most derived declaration of a property wins. */
export function readMethodDeclarations(cls: object): MethodDeclaration[] {
  const found = new Map<string | symbol, MethodDeclaration>();
  for (const owner of classChain(cls).toReversed()) {
    const own = (Reflect.getOwnMetadata(METHODS, owner) ?? []) as MethodDeclaration[];
    for (const declaration of own) found.set(declaration.propertyKey, declaration);
  }
  return [...found.values()];
}

function kindOf(target: object, descriptor: PropertyDescriptor | undefined): MethodDeclaration['kind'] {
  if (typeof target === 'function') return 'static';
  if (descriptor === undefined) return 'property';
  return typeof (descriptor.value as Callable | undefined) === 'function' ? 'method' : 'accessor';
}

function classChain(cls: object): object[] {
  const chain: object[] = [];
  for (let owner: object | null = cls; typeof owner === 'function' && owner !== Function.prototype;) {
    chain.push(owner);
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return chain;
}
