import { CallContext, GoverseError, isTypeName } from '../core/index.js';
import { readAccessDeclarations } from './access-declaration.js';
import type { GoverseObjectOptions, Reentrancy } from './goverse-object-options.js';
import type { MethodOptions } from './method-options.js';
import { readMethodDeclarations, readObjectOptions, type MethodDeclaration } from './object-declaration.js';
import { parameterTypes } from './object-metadata.js';

const REENTRANCY: readonly Reentrancy[] = ['none', 'call-chain', 'always'];
const HOOKS: ReadonlySet<unknown> = new Set(['onActivate', 'onDeactivate', 'constructor']);
const MISPLACED = {
  static: 'is static; objects have only instance methods',
  accessor: 'is an accessor; make it a method',
  property: 'is a property; make it a method',
} as const;

/** True if `cls` or a class it extends has `@Method`s. */
export function hasMethods(cls: object): boolean {
  return readMethodDeclarations(cls).length > 0;
}

/**
 * Refuses wrong use of the decorators on one class. Throws `INVALID_OBJECT_CLASS` naming class, method and remedy.
 */
export function checkDeclaration(cls: { readonly name: string }): void {
  const methods = readMethodDeclarations(cls);
  const options = readObjectOptions(cls);
  if (options === undefined) {
    if (methods.length === 0) return;
    throw invalidObjectClass(
      `${cls.name}.${String(methods[0]?.propertyKey)} has @Method, but ${cls.name} is no object; decorate the class with @GoverseObject()`,
    );
  }
  checkObjectOptions(cls.name, options);
  for (const method of methods) checkMethod(cls, method);
  checkWireNames(cls.name, methods);
  checkAccess(cls, methods);
}

/** The error of a class that is declared wrongly. */
export function invalidObjectClass(message: string): GoverseError {
  return new GoverseError({ reason: 'INVALID_OBJECT_CLASS', code: 'FAILED_PRECONDITION', message });
}

function checkObjectOptions(name: string, options: GoverseObjectOptions): void {
  const { type = name, idleAfterMs, mailboxLimit, reentrancy } = options;
  if (!isTypeName(type)) {
    throw invalidObjectClass(
      `${name}: ${JSON.stringify(type)} is no type name; use letters, digits, "_" and ".", not a digit or dot first: @GoverseObject('Name')`,
    );
  }
  if (idleAfterMs !== undefined && !(idleAfterMs > 0)) {
    throw invalidObjectClass(
      `${name}: idleAfterMs is ${idleAfterMs}; it must be more than 0 milliseconds, Infinity = never`,
    );
  }
  if (mailboxLimit !== undefined && !(Number.isInteger(mailboxLimit) && mailboxLimit > 0)) {
    throw invalidObjectClass(`${name}: mailboxLimit is ${mailboxLimit}; it must be a whole number from 1`);
  }
  if (reentrancy !== undefined && !REENTRANCY.includes(reentrancy)) {
    throw invalidObjectClass(
      `${name}: reentrancy is ${JSON.stringify(reentrancy)}; it must be one of ${REENTRANCY.join(', ')}`,
    );
  }
}

function checkMethod(cls: { readonly name: string }, { propertyKey, options, kind }: MethodDeclaration): void {
  const where = `${cls.name}.${String(propertyKey)}`;
  if (kind !== 'method') throw invalidObjectClass(`${where} has @Method, but it ${MISPLACED[kind]}`);
  if (HOOKS.has(propertyKey)) throw invalidObjectClass(`${where} is a hook of the framework; remove @Method from it`);
  if (typeof propertyKey === 'symbol' && options.name === undefined) {
    throw invalidObjectClass(`${where} has a symbol as its name; give it a wire name: @Method('name')`);
  }
  checkMethodOptions(where, options);
  checkParameters(where, cls, propertyKey);
}

function checkMethodOptions(where: string, { name, timeoutMs }: MethodOptions): void {
  // eslint-disable-next-line no-control-regex
  if (name !== undefined && !/^[^\s/\u0000-\u001f]{1,128}$/.test(name)) {
    throw invalidObjectClass(
      `${where}: ${JSON.stringify(name)} is no wire name; use 1 to 128 characters without spaces and slashes`,
    );
  }
  if (timeoutMs !== undefined && !(timeoutMs > 0 && Number.isFinite(timeoutMs))) {
    throw invalidObjectClass(`${where}: timeoutMs is ${timeoutMs}; it must be more than 0 milliseconds`);
  }
}

/** A restriction that nothing reads would look like protection. */
function checkAccess(cls: { readonly name: string }, methods: readonly MethodDeclaration[]): void {
  for (const [key, { roles }] of readAccessDeclarations(cls)) {
    const where = key === undefined ? cls.name : `${cls.name}.${String(key)}`;
    if (key !== undefined && !methods.some(({ propertyKey }) => propertyKey === key)) {
      throw invalidObjectClass(`${where} has @AllowRoles or @Internal, but no @Method; add it or remove them`);
    }
    if (roles !== undefined && (roles.length === 0 || roles.some((role) => typeof role !== 'string' || role === ''))) {
      throw invalidObjectClass(
        `${where}: @AllowRoles needs the names of roles, "authenticated" or "clients"; @Internal() keeps every client out`,
      );
    }
  }
}

function checkParameters(where: string, cls: object, propertyKey: string | symbol): void {
  const types = parameterTypes(cls, propertyKey);
  const method = (cls as { prototype: Record<string | symbol, unknown> }).prototype[propertyKey];
  const count = Math.max(types.length, typeof method === 'function' ? method.length : 0);
  if (count > 2) {
    throw invalidObjectClass(
      `${where} has ${count} parameters; a method takes one argument, then the CallContext: put the rest into one object`,
    );
  }
  const second = types[1];
  if (types[0] === CallContext && count > 1) {
    throw invalidObjectClass(`${where} takes the CallContext first; put the argument before it`);
  }
  if (second !== undefined && second !== CallContext && second !== Object) {
    throw invalidObjectClass(`${where}: its second parameter is not the CallContext; put both into one argument`);
  }
}

function checkWireNames(className: string, methods: readonly MethodDeclaration[]): void {
  const seen = new Map<string, string>();
  for (const { propertyKey, options } of methods) {
    const name = options.name ?? String(propertyKey);
    const other = seen.get(name);
    if (other !== undefined) {
      throw invalidObjectClass(
        `${className}.${String(propertyKey)} and ${className}.${other} have the same wire name ${JSON.stringify(name)}; rename one: @Method('name')`,
      );
    }
    seen.set(name, String(propertyKey));
  }
}
