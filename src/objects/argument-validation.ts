import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import { getMetadataStorage, Validator } from 'class-validator';
import type { ValidationError, ValidatorOptions } from 'class-validator';
import type * as execution from 'class-validator/types/validation/ValidationExecutor.js';

// `validate` always answers later, `validateSync` silently passes validators that return promises: the executor tells
// whether there are any, so that calls without them keep their order and are refused before they reach the object.
const { ValidationExecutor } = createRequire(import.meta.url)(
  'class-validator/cjs/validation/ValidationExecutor.js',
) as typeof execution;

const OPTIONS: ValidatorOptions = { whitelist: true };

/** One property that does not hold what its class declares. */
export interface Violation {
  /** Path from the argument, for example `items[0].name`. */
  readonly property: string;
  /** Message by name of the class-validator constraint. */
  readonly constraints: Readonly<Record<string, string>>;
}

/** True if the class, or one it extends, has class-validator decorators. */
export function isValidated(cls: Type<unknown>): boolean {
  return getMetadataStorage().getTargetValidationMetadatas(cls, '', false, false).length > 0;
}

/** Validates an instance and drops properties its class does not declare. A promise if a validator gave one. */
export function violationsOf(instance: object): Violation[] | Promise<Violation[]> {
  const executor = new ValidationExecutor(new Validator(), OPTIONS);
  const errors: ValidationError[] = [];
  executor.execute(instance, '', errors);
  const read = (): Violation[] => flatten(executor.stripEmptyErrors(errors), '');
  return executor.awaitingPromises.length === 0 ? read() : Promise.all(executor.awaitingPromises).then(read);
}

function flatten(errors: readonly ValidationError[], path: string): Violation[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const here = join(path, property);
    const nested = flatten(children ?? [], here);
    return constraints === undefined ? nested : [{ property: here, constraints: { ...constraints } }, ...nested];
  });
}

function join(path: string, property: string): string {
  if (/^\d+$/.test(property)) return `${path}[${property}]`;
  return path === '' ? property : `${path}.${property}`;
}
