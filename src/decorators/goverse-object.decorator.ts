import { Injectable, Scope } from '@nestjs/common';
import { writeObjectOptions } from './object-declaration.js';
import type { GoverseObjectOptions } from './goverse-object-options.js';

/**
 * Makes a class a distributed virtual object. List it in `providers` of a module: it is constructed per activation,
 * with that module's dependencies, never at start.
 *
 * @param typeOrOptions type name (default: the class name) or options
 */
export function GoverseObject(typeOrOptions: string | GoverseObjectOptions = {}): ClassDecorator {
  const options = typeof typeOrOptions === 'string' ? { type: typeOrOptions } : typeOrOptions;
  return (target) => {
    // Nest looks up the dependencies of a transient class at start, and constructs it only where it is asked for.
    Injectable({ scope: Scope.TRANSIENT })(target);
    writeObjectOptions(target, options);
  };
}
