import { Scope, type FactoryProvider } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { GoverseError } from '../core/index.js';
import { ObjectContext } from './object-context.js';

/**
 * Gives `ObjectContext` to whatever an object is made of. What Nest calls a request is one activation here: `REQUEST`
 * of an object's request-scoped providers is its `ObjectContext`.
 */
export const objectContextProvider: FactoryProvider<ObjectContext> = {
  provide: ObjectContext,
  scope: Scope.REQUEST,
  inject: [REQUEST],
  useFactory: (request: unknown) => {
    if (request instanceof ObjectContext) return request;
    throw new GoverseError({
      reason: 'NO_OBJECT_CONTEXT',
      code: 'FAILED_PRECONDITION',
      message:
        'ObjectContext belongs to one activation; inject it into object classes and the providers made for them only',
    });
  },
};
