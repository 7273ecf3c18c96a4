import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import type { ClassTransformOptions } from 'class-transformer';
import type * as executor from 'class-transformer/types/TransformOperationExecutor.js';

// class-transformer exports only functions that take Map, Set and typed arrays apart and lose what is in them.
const { TransformOperationExecutor } = createRequire(import.meta.url)(
  'class-transformer/cjs/TransformOperationExecutor.js',
) as typeof executor;

/** What `plainToInstance` uses without options: decorators count, nothing is converted by guessing. */
const OPTIONS: ClassTransformOptions = {
  enableCircularCheck: false,
  enableImplicitConversion: false,
  excludeExtraneousValues: false,
  exposeDefaultValues: false,
  exposeUnsetFields: true,
  ignoreDecorators: false,
};

class ValuePreservingExecutor extends TransformOperationExecutor {
  override transform(...step: Parameters<executor.TransformOperationExecutor['transform']>): unknown {
    const [, value, targetType] = step;
    return targetType === undefined && isOpaque(value) ? value : super.transform(...step);
  }
}

/** Builds an instance of `cls` out of plain data, as class-transformer's decorators on it say. */
export function instantiate<T>(cls: Type<T>, plain: object): T {
  const executor = new ValuePreservingExecutor(TransformationType.PLAIN_TO_CLASS, OPTIONS);
  return executor.transform(undefined as never, plain as never, cls, undefined as never, false) as T;
}

/** A value of a built-in class that is passed on as it is: everything but plain objects, arrays and dates. */
function isOpaque(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype !== null && prototype !== Object.prototype;
}
