import type { CallContext } from '../core/index.js';

/** A method of a user's class. */
export type UserMethod = (this: object, ...parameters: unknown[]) => unknown;

/** Calls one method on whichever instance; made once at start. */
export interface MethodInvoker {
  /** The user's function itself. */
  readonly handler: UserMethod;
  /** Guards, pipes, interceptors or filters stand before the function. */
  readonly enhanced: boolean;
  invoke(instance: object, argument: unknown, context: CallContext): unknown;
}

/**
 * The invoker of a method without enhancers: nothing stands between the turn and the user's function.
 *
 * @param contextIndex position of the `CallContext` among the parameters
 */
export function directInvoker(handler: UserMethod, contextIndex: 0 | 1): MethodInvoker {
  return {
    handler,
    enhanced: false,
    invoke:
      contextIndex === 0
        ? (instance, _argument, context) => handler.call(instance, context)
        : (instance, argument, context) => handler.call(instance, argument, context),
  };
}
