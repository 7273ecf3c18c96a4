import { addMethodDeclaration } from './object-declaration.js';
import type { MethodOptions } from './method-options.js';

/**
 * Lets callers of an object call this method. It takes at most one argument, then optionally the `CallContext`.
 *
 * @param nameOrOptions wire name (default: the method's own name) or options
 */
export function Method(nameOrOptions: string | MethodOptions = {}): MethodDecorator {
  const options = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  return (target, propertyKey, descriptor) => addMethodDeclaration(target, propertyKey, descriptor, options);
}
