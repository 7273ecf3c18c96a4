const ACCESS = Symbol('goverse:access');

/** Who may call from outside, as `@AllowRoles` and `@Internal` wrote it on one class or method. */
export interface AccessDeclaration {
  readonly internal?: boolean;
  readonly roles?: readonly string[];
}

type Key = string | symbol | undefined;

/** Adds to what stands on a class (without a key) or on one of its methods. */
export function declareAccess(target: object, propertyKey: Key, declaration: AccessDeclaration): void {
  const owner = typeof target === 'function' ? target : target.constructor;
  const own = new Map(Reflect.getOwnMetadata(ACCESS, owner) as Map<Key, AccessDeclaration> | undefined);
  own.set(propertyKey, { ...own.get(propertyKey), ...declaration });
  Reflect.defineMetadata(ACCESS, own, owner);
}

/**
 * What stands on a class and its methods, by property key; undefined is the class itself. Inherited from the classes it
 * extends, even where a method is overridden without a decorator: a subclass opens nothing by forgetting one.
 */
export function readAccessDeclarations(cls: object): ReadonlyMap<Key, AccessDeclaration> {
  const base = Object.getPrototypeOf(cls) as object | null;
  const inherited = typeof base === 'function' && base !== Function.prototype ? readAccessDeclarations(base) : [];
  const found = new Map<Key, AccessDeclaration>(inherited);
  const own = (Reflect.getOwnMetadata(ACCESS, cls) ?? new Map()) as Map<Key, AccessDeclaration>;
  for (const [key, declaration] of own) found.set(key, { ...found.get(key), ...declaration });
  return found;
}
