import type { ArgumentsHost, Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/internal';
import type { CallContext } from '../core/index.js';

/** Type of the execution contexts of object calls: `context.getType<string>() === GOVERSE_CONTEXT`. */
export const GOVERSE_CONTEXT = 'goverse';

/**
 * The `ExecutionContext` guards, interceptors and filters get for a call of an object.
 * `switchToRpc()` gives the same two things: `getData()` the argument, `getContext()` the call.
 */
export class GoverseExecutionContext extends ExecutionContextHost {
  /** Throws a `TypeError` for a context of another type: look at `getType()` first in global enhancers. */
  static create(
    context: ArgumentsHost & { getClass?(): Type<unknown>; getHandler?(): unknown },
  ): GoverseExecutionContext {
    const type = context.getType<string>();
    if (type !== GOVERSE_CONTEXT) {
      throw new TypeError(
        `This context is of type '${type}', not '${GOVERSE_CONTEXT}'; look at context.getType() first`,
      );
    }
    const created = new GoverseExecutionContext(
      context.getArgs(),
      context.getClass?.(),
      context.getHandler?.() as never,
    );
    created.setType(type);
    return created;
  }

  /** The call: object, method, client, user, deadline, signal. */
  getCall(): CallContext {
    return this.getArgByIndex<CallContext>(1);
  }

  /** Same as `getCall()`. */
  getContext(): CallContext {
    return this.getCall();
  }

  /** The argument: decoded, and an instance of the declared class. */
  getArgument<T = unknown>(): T {
    return this.getArgByIndex<T>(0);
  }
}
